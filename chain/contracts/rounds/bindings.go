// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package rounds

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// RoundsCertificate is an auto generated low-level Go binding around an user-defined struct.
type RoundsCertificate struct {
	Epoch             uint64
	Round             uint64
	PreviousHead      [32]byte
	Descriptor        [32]byte
	Manifest          [32]byte
	ParticipationRoot [32]byte
	DroppedLeaves     *big.Int
	Aggregate         [32]byte
	Model             [32]byte
	RewardsRoot       [32]byte
	Pool              uint64
	PoolTotal         *big.Int
	Contributors      uint32
	NodesOpened       uint32
	NodesDropped      uint32
}

// RoundsMetaData contains all meta data concerning the Rounds contract.
var RoundsMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"contractRegistry\",\"name\":\"registry_\",\"type\":\"address\"},{\"internalType\":\"contractRewards\",\"name\":\"rewards_\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"modelId_\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"firstModel\",\"type\":\"bytes32\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"IdentityKey\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"IdentitySignature\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidPoint\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"KeyLength\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoCommittee\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"PrecompileMissing\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"last\",\"type\":\"uint64\"}],\"name\":\"RoundNotNew\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"SignatureLength\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"got\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"want\",\"type\":\"uint64\"}],\"name\":\"WrongEpoch\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"got\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"want\",\"type\":\"bytes32\"}],\"name\":\"WrongHead\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"got\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"want\",\"type\":\"address\"}],\"name\":\"WrongRounds\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"head\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"previousHead\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"descriptor\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"manifest\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"participationRoot\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"droppedLeaves\",\"type\":\"uint256\"},{\"internalType\":\"bytes32\",\"name\":\"aggregate\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"model\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"rewardsRoot\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"poolTotal\",\"type\":\"uint256\"},{\"internalType\":\"uint32\",\"name\":\"contributors\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"nodesOpened\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"nodesDropped\",\"type\":\"uint32\"}],\"indexed\":false,\"internalType\":\"structRounds.Certificate\",\"name\":\"certificate\",\"type\":\"tuple\"},{\"indexed\":false,\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"RoundFinalized\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"count\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"previousHead\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"descriptor\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"manifest\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"participationRoot\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"droppedLeaves\",\"type\":\"uint256\"},{\"internalType\":\"bytes32\",\"name\":\"aggregate\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"model\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"rewardsRoot\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"poolTotal\",\"type\":\"uint256\"},{\"internalType\":\"uint32\",\"name\":\"contributors\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"nodesOpened\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"nodesDropped\",\"type\":\"uint32\"}],\"internalType\":\"structRounds.Certificate\",\"name\":\"certificate\",\"type\":\"tuple\"},{\"internalType\":\"bytes\",\"name\":\"signature\",\"type\":\"bytes\"}],\"name\":\"finalize\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"head\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"lastRound\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"previousHead\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"descriptor\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"manifest\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"participationRoot\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"droppedLeaves\",\"type\":\"uint256\"},{\"internalType\":\"bytes32\",\"name\":\"aggregate\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"model\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"rewardsRoot\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"poolTotal\",\"type\":\"uint256\"},{\"internalType\":\"uint32\",\"name\":\"contributors\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"nodesOpened\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"nodesDropped\",\"type\":\"uint32\"}],\"internalType\":\"structRounds.Certificate\",\"name\":\"c\",\"type\":\"tuple\"}],\"name\":\"message\",\"outputs\":[{\"internalType\":\"bytes\",\"name\":\"\",\"type\":\"bytes\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"model\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"modelId\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"registry\",\"outputs\":[{\"internalType\":\"contractRegistry\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"rewards\",\"outputs\":[{\"internalType\":\"contractRewards\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "Rounds",
	Bin: "0x60e0806040523461015e57608081611171803803809161001f8285610175565b83398101031261015e5780516001600160a01b0381169081810361015e576020830151906001600160a01b038216820361015e576004602060606040870151960151946040519283809263a2e800ad60e01b82525afa90811561016a575f91610124575b506001600160a01b031630810361010e575060805260a0528160c052806001556040519060208201924684523060601b604084015260548301526074820152607481526100d1609482610175565b5190205f55604051610fc490816101ad82396080518181816101240152610bf5015260a0518181816107680152610b62015260c05181610c300152f35b632db71f2f60e01b5f523060045260245260445ffd5b90506020813d602011610162575b8161013f60209383610175565b8101031261015e57516001600160a01b038116810361015e575f610083565b5f80fd5b3d9150610132565b6040513d5f823e3d90fd5b601f909101601f19168101906001600160401b0382119082101761019857604052565b634e487b7160e01b5f52604160045260245ffdfe6080806040526004361015610012575f80fd5b5f905f3560e01c90816306661abd14610cba575080630ad9d05214610c9d57806337e14c1a14610c5357806343cdaad214610c195780637b10399914610bc957806382bc07e614610ba25780638f7dcfa314610b865780639ec5a89414610b365763d2da64c214610081575f80fd5b3461080d576003193601610200811261080d576101e01361080d576101e43567ffffffffffffffff811161080d573660238201121561080d5780600401359067ffffffffffffffff821161080d576024810190602483369201011161080d57604051917f9fa6a6e300000000000000000000000000000000000000000000000000000000835260408360048173ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000165afa928315610802575f905f94610ac6575b5067ffffffffffffffff168015610a9e578067ffffffffffffffff610179610ce1565b1614610183610ce1565b9015610a65575050610193610cf8565b906002549167ffffffffffffffff8316908167ffffffffffffffff6101b6610cf8565b92161115610a2c575050604435935f548086036109fd57506101d6610d5f565b9461012091604051906101e98483610d0f565b6101008252601f198401366020840137600182519160208401903c601f19601f850116966020880161021e6040519182610d0f565b8581526020810190868983375f602088830101528051608081036109cd57508351610100810361099c575061025281610f99565b6109745761025f84610f99565b61094c57604051906102718783610d0f565b61010082526f024aa2b2f08f0a91260805272dc5105160208301527fc6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb860408301526f13e02b6052719f607dacd3a088274f6560608301527f596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e60808301526f0d1b3cc2c7027888be51d9ef691d77bc60a08301527fb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa60c08301526f13fa4d4a0ad8b1ce186ed5061789213d60e08301527f993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed6101008301526040519161037660a084610d0f565b608080845236602085013760405195608087015f88525f6020890152865197602088019889604083015e7f5357555f524f5f4e554c5f2b00000000000000000000000000000000000000006063895183017e8000000000000000000000000000000000000000000000000000000000000060408201527f424c535f5349475f424c53313233383147315f584d443a5348412d3235365f536043820152015260205f606f8a51018360025afa915f517f424c535f5349475f424c53313233383147315f584d443a5348412d3235365f5360218401527f5357555f524f5f4e554c5f2b0000000000000000000000000000000000000000604184015260408252600160a0840152604060c084015260018d8401536f1a0111ea397fe69a4b1ba7b6434bacd76101218401527f64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab61014184015260019160e084015f5b600585106108b6575050505050608090610100610180602089019201600b5afa161561088e576020948561054f92815f9781806040519889978289019b5180918d5e8801908282018d8152815193849201905e010190898252805192839101825e0190878252805192839101825e0185815203601f198101835282610d0f565b5190600f5afa5f5190156108665760010361083e5751902093845f5561010435908160015567ffffffffffffffff610585610cf8565b1667ffffffffffffffff817fffffffffffffffffffffffffffffffffffffffffffffffff000000000000000084161760401c1667ffffffffffffffff8114610811576fffffffffffffffff000000000000000060017fffffffffffffffffffffffffffffffff00000000000000000000000000000000920160401b1692161717928360025567ffffffffffffffff61061b610cf8565b169260405196875260043567ffffffffffffffff811680910361080d57602088015260243567ffffffffffffffff811680910361080d5760408801526060870152606435608087015260843560a087015260a43560c087015260c43560e087015260e435610100870152850152610124359586610140860152610144359467ffffffffffffffff86169687870361080d57876101608301526101643595866101808401526101843563ffffffff811680910361080d576101a08401526101a43563ffffffff811680910361080d576101c08401526101c4359363ffffffff851680950361080d575f61024083869482967f4902d321f519709e5fbf421b181293433f47532e5bb069affd9046b56018a649996101e08801526102206102008801528161022088015283870137840101528101030190a273ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000169250823b1561080d575f67ffffffffffffffff93608493829660405198899788967f6f3000cb00000000000000000000000000000000000000000000000000000000885260401c1660048701526024860152604485015260648401525af18015610802576107f4575080f35b61080091505f90610d0f565b005b6040513d5f823e3d90fd5b5f80fd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b7f8baa579f000000000000000000000000000000000000000000000000000000005f5260045ffd5b7fb8fedf87000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f028b4c53000000000000000000000000000000000000000000000000000000005f5260045ffd5b839496919293188552856020860153602082604d8760025afa1681518418855260018601602086015360206101008601604d8760025afa169260026101008601519460806101807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff808a60061b168901019160408360e18960055afa169160408160105afa1660803d1416960193929190926104cf565b7f523954f3000000000000000000000000000000000000000000000000000000005f5260045ffd5b7fe2d12cfc000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f27eeca1c000000000000000000000000000000000000000000000000000000005f5260045261010060245260445ffd5b7fbd1e5002000000000000000000000000000000000000000000000000000000005f52600452608060245260445ffd5b857fbf77f529000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b67ffffffffffffffff907fc943e2d5000000000000000000000000000000000000000000000000000000005f521660045260245260445ffd5b67ffffffffffffffff907f2b9264ec000000000000000000000000000000000000000000000000000000005f521660045260245260445ffd5b7f9210c8d6000000000000000000000000000000000000000000000000000000005f5260045ffd5b9350506040833d604011610b2e575b81610ae260409383610d0f565b8101031261080d5782519267ffffffffffffffff8416840361080d57602001519273ffffffffffffffffffffffffffffffffffffffff8416840361080d5767ffffffffffffffff610156565b3d9150610ad5565b3461080d575f60031936011261080d57602060405173ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461080d575f60031936011261080d5760205f54604051908152f35b3461080d575f60031936011261080d57602067ffffffffffffffff60025416604051908152f35b3461080d575f60031936011261080d57602060405173ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461080d575f60031936011261080d5760206040517f00000000000000000000000000000000000000000000000000000000000000008152f35b3461080d576101e060031936011261080d5760206040610c71610d5f565b601f19601f835194859381855280519182918282880152018686015e5f85828601015201168101030190f35b3461080d575f60031936011261080d576020600154604051908152f35b3461080d575f60031936011261080d5760209067ffffffffffffffff60025460401c168152f35b60043567ffffffffffffffff8116810361080d5790565b60243567ffffffffffffffff8116810361080d5790565b90601f601f19910116810190811067ffffffffffffffff821117610d3257604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b60043567ffffffffffffffff8116810361080d5760243567ffffffffffffffff8116810361080d577fffffffffffffffff000000000000000000000000000000000000000000000000604051918160208401947f140000000000000000000000000000000000000000000000000000000000000086527f736f74746f2f763120636572746966696361746500000000000000000000000060218601524660358601523060601b605586015260c01b16606984015260c01b166071820152604435607982015260798152610e33609982610d0f565b6040519060208201916064358352608435604082015260a435606082015260c435608082015260e43560a08201526101043560c08201526101243560e082015260e08152610e8361010082610d0f565b610144359067ffffffffffffffff8216820361080d57610184359063ffffffff8216820361080d576101a4359463ffffffff8616860361080d576101c4359163ffffffff8316830361080d577fffffffff000000000000000000000000000000000000000000000000000000008381610f96996020965081604051987fffffffffffffffff000000000000000000000000000000000000000000000000898b019b60c01b168b526101643560288b015260e01b16604889015260e01b16604c87015260e01b16605085015260348452610f5d605485610d0f565b6040519788965180918589015e860190838201905f8252519283915e0101905f8252518092825e015f815203601f198101835282610d0f565b90565b6020905f5b81518311610fbd57828201511791602081018091116108115791610f9e565b915050159056",
}

// Rounds is an auto generated Go binding around an Ethereum contract.
type Rounds struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Rounds) GetABI() abi.ABI {
	return c.abi
}

// NewRounds creates a new instance of Rounds.
func NewRounds() *Rounds {
	parsed, err := RoundsMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Rounds{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Rounds) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address registry_, address rewards_, bytes32 modelId_, bytes32 firstModel) returns()
func (rounds *Rounds) PackConstructor(registry_ common.Address, rewards_ common.Address, modelId_ [32]byte, firstModel [32]byte) []byte {
	enc, err := rounds.abi.Pack("", registry_, rewards_, modelId_, firstModel)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06661abd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function count() view returns(uint64)
func (rounds *Rounds) PackCount() []byte {
	enc, err := rounds.abi.Pack("count")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06661abd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function count() view returns(uint64)
func (rounds *Rounds) TryPackCount() ([]byte, error) {
	return rounds.abi.Pack("count")
}

// UnpackCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x06661abd.
//
// Solidity: function count() view returns(uint64)
func (rounds *Rounds) UnpackCount(data []byte) (uint64, error) {
	out, err := rounds.abi.Unpack("count", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackFinalize is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd2da64c2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function finalize((uint64,uint64,bytes32,bytes32,bytes32,bytes32,uint256,bytes32,bytes32,bytes32,uint64,uint256,uint32,uint32,uint32) certificate, bytes signature) returns()
func (rounds *Rounds) PackFinalize(certificate RoundsCertificate, signature []byte) []byte {
	enc, err := rounds.abi.Pack("finalize", certificate, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFinalize is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd2da64c2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function finalize((uint64,uint64,bytes32,bytes32,bytes32,bytes32,uint256,bytes32,bytes32,bytes32,uint64,uint256,uint32,uint32,uint32) certificate, bytes signature) returns()
func (rounds *Rounds) TryPackFinalize(certificate RoundsCertificate, signature []byte) ([]byte, error) {
	return rounds.abi.Pack("finalize", certificate, signature)
}

// PackHead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8f7dcfa3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function head() view returns(bytes32)
func (rounds *Rounds) PackHead() []byte {
	enc, err := rounds.abi.Pack("head")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8f7dcfa3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function head() view returns(bytes32)
func (rounds *Rounds) TryPackHead() ([]byte, error) {
	return rounds.abi.Pack("head")
}

// UnpackHead is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8f7dcfa3.
//
// Solidity: function head() view returns(bytes32)
func (rounds *Rounds) UnpackHead(data []byte) ([32]byte, error) {
	out, err := rounds.abi.Unpack("head", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackLastRound is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x82bc07e6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function lastRound() view returns(uint64)
func (rounds *Rounds) PackLastRound() []byte {
	enc, err := rounds.abi.Pack("lastRound")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLastRound is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x82bc07e6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function lastRound() view returns(uint64)
func (rounds *Rounds) TryPackLastRound() ([]byte, error) {
	return rounds.abi.Pack("lastRound")
}

// UnpackLastRound is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x82bc07e6.
//
// Solidity: function lastRound() view returns(uint64)
func (rounds *Rounds) UnpackLastRound(data []byte) (uint64, error) {
	out, err := rounds.abi.Unpack("lastRound", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackMessage is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x37e14c1a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function message((uint64,uint64,bytes32,bytes32,bytes32,bytes32,uint256,bytes32,bytes32,bytes32,uint64,uint256,uint32,uint32,uint32) c) view returns(bytes)
func (rounds *Rounds) PackMessage(c RoundsCertificate) []byte {
	enc, err := rounds.abi.Pack("message", c)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMessage is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x37e14c1a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function message((uint64,uint64,bytes32,bytes32,bytes32,bytes32,uint256,bytes32,bytes32,bytes32,uint64,uint256,uint32,uint32,uint32) c) view returns(bytes)
func (rounds *Rounds) TryPackMessage(c RoundsCertificate) ([]byte, error) {
	return rounds.abi.Pack("message", c)
}

// UnpackMessage is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x37e14c1a.
//
// Solidity: function message((uint64,uint64,bytes32,bytes32,bytes32,bytes32,uint256,bytes32,bytes32,bytes32,uint64,uint256,uint32,uint32,uint32) c) view returns(bytes)
func (rounds *Rounds) UnpackMessage(data []byte) ([]byte, error) {
	out, err := rounds.abi.Unpack("message", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackModel is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0ad9d052.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function model() view returns(bytes32)
func (rounds *Rounds) PackModel() []byte {
	enc, err := rounds.abi.Pack("model")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackModel is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0ad9d052.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function model() view returns(bytes32)
func (rounds *Rounds) TryPackModel() ([]byte, error) {
	return rounds.abi.Pack("model")
}

// UnpackModel is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0ad9d052.
//
// Solidity: function model() view returns(bytes32)
func (rounds *Rounds) UnpackModel(data []byte) ([32]byte, error) {
	out, err := rounds.abi.Unpack("model", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackModelId is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x43cdaad2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function modelId() view returns(bytes32)
func (rounds *Rounds) PackModelId() []byte {
	enc, err := rounds.abi.Pack("modelId")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackModelId is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x43cdaad2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function modelId() view returns(bytes32)
func (rounds *Rounds) TryPackModelId() ([]byte, error) {
	return rounds.abi.Pack("modelId")
}

// UnpackModelId is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x43cdaad2.
//
// Solidity: function modelId() view returns(bytes32)
func (rounds *Rounds) UnpackModelId(data []byte) ([32]byte, error) {
	out, err := rounds.abi.Unpack("modelId", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackRegistry is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b103999.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function registry() view returns(address)
func (rounds *Rounds) PackRegistry() []byte {
	enc, err := rounds.abi.Pack("registry")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegistry is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b103999.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function registry() view returns(address)
func (rounds *Rounds) TryPackRegistry() ([]byte, error) {
	return rounds.abi.Pack("registry")
}

// UnpackRegistry is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7b103999.
//
// Solidity: function registry() view returns(address)
func (rounds *Rounds) UnpackRegistry(data []byte) (common.Address, error) {
	out, err := rounds.abi.Unpack("registry", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRewards is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9ec5a894.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rewards() view returns(address)
func (rounds *Rounds) PackRewards() []byte {
	enc, err := rounds.abi.Pack("rewards")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRewards is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9ec5a894.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function rewards() view returns(address)
func (rounds *Rounds) TryPackRewards() ([]byte, error) {
	return rounds.abi.Pack("rewards")
}

// UnpackRewards is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9ec5a894.
//
// Solidity: function rewards() view returns(address)
func (rounds *Rounds) UnpackRewards(data []byte) (common.Address, error) {
	out, err := rounds.abi.Unpack("rewards", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// RoundsRoundFinalized represents a RoundFinalized event raised by the Rounds contract.
type RoundsRoundFinalized struct {
	Round       uint64
	Head        [32]byte
	Certificate RoundsCertificate
	Signature   []byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const RoundsRoundFinalizedEventName = "RoundFinalized"

// ContractEventName returns the user-defined event name.
func (RoundsRoundFinalized) ContractEventName() string {
	return RoundsRoundFinalizedEventName
}

// UnpackRoundFinalizedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RoundFinalized(uint64 indexed round, bytes32 head, (uint64,uint64,bytes32,bytes32,bytes32,bytes32,uint256,bytes32,bytes32,bytes32,uint64,uint256,uint32,uint32,uint32) certificate, bytes signature)
func (rounds *Rounds) UnpackRoundFinalizedEvent(log *types.Log) (*RoundsRoundFinalized, error) {
	event := "RoundFinalized"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rounds.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RoundsRoundFinalized)
	if len(log.Data) > 0 {
		if err := rounds.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rounds.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (rounds *Rounds) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], rounds.abi.Errors["IdentityKey"].ID.Bytes()[:4]) {
		return rounds.UnpackIdentityKeyError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["IdentitySignature"].ID.Bytes()[:4]) {
		return rounds.UnpackIdentitySignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["InvalidPoint"].ID.Bytes()[:4]) {
		return rounds.UnpackInvalidPointError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["InvalidSignature"].ID.Bytes()[:4]) {
		return rounds.UnpackInvalidSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["KeyLength"].ID.Bytes()[:4]) {
		return rounds.UnpackKeyLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["NoCommittee"].ID.Bytes()[:4]) {
		return rounds.UnpackNoCommitteeError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["PrecompileMissing"].ID.Bytes()[:4]) {
		return rounds.UnpackPrecompileMissingError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["RoundNotNew"].ID.Bytes()[:4]) {
		return rounds.UnpackRoundNotNewError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["SignatureLength"].ID.Bytes()[:4]) {
		return rounds.UnpackSignatureLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["WrongEpoch"].ID.Bytes()[:4]) {
		return rounds.UnpackWrongEpochError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["WrongHead"].ID.Bytes()[:4]) {
		return rounds.UnpackWrongHeadError(raw[4:])
	}
	if bytes.Equal(raw[:4], rounds.abi.Errors["WrongRounds"].ID.Bytes()[:4]) {
		return rounds.UnpackWrongRoundsError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// RoundsIdentityKey represents a IdentityKey error raised by the Rounds contract.
type RoundsIdentityKey struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IdentityKey()
func RoundsIdentityKeyErrorID() common.Hash {
	return common.HexToHash("0x523954f3b5090cc845f7091fe4e556ac42fceadebd561caba22cf6cc4f57f8f0")
}

// UnpackIdentityKeyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IdentityKey()
func (rounds *Rounds) UnpackIdentityKeyError(raw []byte) (*RoundsIdentityKey, error) {
	out := new(RoundsIdentityKey)
	if err := rounds.abi.UnpackIntoInterface(out, "IdentityKey", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsIdentitySignature represents a IdentitySignature error raised by the Rounds contract.
type RoundsIdentitySignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IdentitySignature()
func RoundsIdentitySignatureErrorID() common.Hash {
	return common.HexToHash("0xe2d12cfc87e5688f1ef0342322885984614f9aab6b916fcc7e9b3d35c99c7ad6")
}

// UnpackIdentitySignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IdentitySignature()
func (rounds *Rounds) UnpackIdentitySignatureError(raw []byte) (*RoundsIdentitySignature, error) {
	out := new(RoundsIdentitySignature)
	if err := rounds.abi.UnpackIntoInterface(out, "IdentitySignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsInvalidPoint represents a InvalidPoint error raised by the Rounds contract.
type RoundsInvalidPoint struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidPoint()
func RoundsInvalidPointErrorID() common.Hash {
	return common.HexToHash("0xb8fedf87e792a9d748e133fbebf786ae0bd441dc3d31476dd4f8b972707ef4b4")
}

// UnpackInvalidPointError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidPoint()
func (rounds *Rounds) UnpackInvalidPointError(raw []byte) (*RoundsInvalidPoint, error) {
	out := new(RoundsInvalidPoint)
	if err := rounds.abi.UnpackIntoInterface(out, "InvalidPoint", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsInvalidSignature represents a InvalidSignature error raised by the Rounds contract.
type RoundsInvalidSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidSignature()
func RoundsInvalidSignatureErrorID() common.Hash {
	return common.HexToHash("0x8baa579fce362245063d36f11747a89dd489c54795634fc673cc0e0db51fedc5")
}

// UnpackInvalidSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidSignature()
func (rounds *Rounds) UnpackInvalidSignatureError(raw []byte) (*RoundsInvalidSignature, error) {
	out := new(RoundsInvalidSignature)
	if err := rounds.abi.UnpackIntoInterface(out, "InvalidSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsKeyLength represents a KeyLength error raised by the Rounds contract.
type RoundsKeyLength struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyLength(uint256 got, uint256 want)
func RoundsKeyLengthErrorID() common.Hash {
	return common.HexToHash("0x27eeca1cf5640e2754c33fc93d9966b8223dd8836d1e170519d69516ca360017")
}

// UnpackKeyLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyLength(uint256 got, uint256 want)
func (rounds *Rounds) UnpackKeyLengthError(raw []byte) (*RoundsKeyLength, error) {
	out := new(RoundsKeyLength)
	if err := rounds.abi.UnpackIntoInterface(out, "KeyLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsNoCommittee represents a NoCommittee error raised by the Rounds contract.
type RoundsNoCommittee struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoCommittee()
func RoundsNoCommitteeErrorID() common.Hash {
	return common.HexToHash("0x9210c8d6855d55ce8e2121ea0d16eef0817070b04cbaf38dfd9b0a423b26996c")
}

// UnpackNoCommitteeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoCommittee()
func (rounds *Rounds) UnpackNoCommitteeError(raw []byte) (*RoundsNoCommittee, error) {
	out := new(RoundsNoCommittee)
	if err := rounds.abi.UnpackIntoInterface(out, "NoCommittee", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsPrecompileMissing represents a PrecompileMissing error raised by the Rounds contract.
type RoundsPrecompileMissing struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PrecompileMissing()
func RoundsPrecompileMissingErrorID() common.Hash {
	return common.HexToHash("0x028b4c5302387e790256368945587a72ead95ed698ed0e5c6675edb7bbbe6106")
}

// UnpackPrecompileMissingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PrecompileMissing()
func (rounds *Rounds) UnpackPrecompileMissingError(raw []byte) (*RoundsPrecompileMissing, error) {
	out := new(RoundsPrecompileMissing)
	if err := rounds.abi.UnpackIntoInterface(out, "PrecompileMissing", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsRoundNotNew represents a RoundNotNew error raised by the Rounds contract.
type RoundsRoundNotNew struct {
	Round uint64
	Last  uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RoundNotNew(uint64 round, uint64 last)
func RoundsRoundNotNewErrorID() common.Hash {
	return common.HexToHash("0xc943e2d518023e6b8a32b91ea8c39e41bf04e0cc6262e56d786209813febec2c")
}

// UnpackRoundNotNewError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RoundNotNew(uint64 round, uint64 last)
func (rounds *Rounds) UnpackRoundNotNewError(raw []byte) (*RoundsRoundNotNew, error) {
	out := new(RoundsRoundNotNew)
	if err := rounds.abi.UnpackIntoInterface(out, "RoundNotNew", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsSignatureLength represents a SignatureLength error raised by the Rounds contract.
type RoundsSignatureLength struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SignatureLength(uint256 got, uint256 want)
func RoundsSignatureLengthErrorID() common.Hash {
	return common.HexToHash("0xbd1e5002d81ed688fbae722fce1d43d65be9f42c8edcdc6d73f31abc3252a73f")
}

// UnpackSignatureLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SignatureLength(uint256 got, uint256 want)
func (rounds *Rounds) UnpackSignatureLengthError(raw []byte) (*RoundsSignatureLength, error) {
	out := new(RoundsSignatureLength)
	if err := rounds.abi.UnpackIntoInterface(out, "SignatureLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsWrongEpoch represents a WrongEpoch error raised by the Rounds contract.
type RoundsWrongEpoch struct {
	Got  uint64
	Want uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongEpoch(uint64 got, uint64 want)
func RoundsWrongEpochErrorID() common.Hash {
	return common.HexToHash("0x2b9264ec593278cbe059ca68c627e1b8271a7e014abe4c8622c73486c89e1e93")
}

// UnpackWrongEpochError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongEpoch(uint64 got, uint64 want)
func (rounds *Rounds) UnpackWrongEpochError(raw []byte) (*RoundsWrongEpoch, error) {
	out := new(RoundsWrongEpoch)
	if err := rounds.abi.UnpackIntoInterface(out, "WrongEpoch", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsWrongHead represents a WrongHead error raised by the Rounds contract.
type RoundsWrongHead struct {
	Got  [32]byte
	Want [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongHead(bytes32 got, bytes32 want)
func RoundsWrongHeadErrorID() common.Hash {
	return common.HexToHash("0xbf77f52936ae40c82b3d420d0c941bb8154563e361ced4814249bdb99c81d8a3")
}

// UnpackWrongHeadError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongHead(bytes32 got, bytes32 want)
func (rounds *Rounds) UnpackWrongHeadError(raw []byte) (*RoundsWrongHead, error) {
	out := new(RoundsWrongHead)
	if err := rounds.abi.UnpackIntoInterface(out, "WrongHead", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RoundsWrongRounds represents a WrongRounds error raised by the Rounds contract.
type RoundsWrongRounds struct {
	Got  common.Address
	Want common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongRounds(address got, address want)
func RoundsWrongRoundsErrorID() common.Hash {
	return common.HexToHash("0x2db71f2f8bf51a64f5b8e4dd6a9da20f998eac0115ca0f37b25bed81d177864e")
}

// UnpackWrongRoundsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongRounds(address got, address want)
func (rounds *Rounds) UnpackWrongRoundsError(raw []byte) (*RoundsWrongRounds, error) {
	out := new(RoundsWrongRounds)
	if err := rounds.abi.UnpackIntoInterface(out, "WrongRounds", raw); err != nil {
		return nil, err
	}
	return out, nil
}
