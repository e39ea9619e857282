// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package rewards

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

// RewardsClaim is an auto generated low-level Go binding around an user-defined struct.
type RewardsClaim struct {
	Pool       uint64
	Account    common.Address
	Cumulative *big.Int
	Proof      [][32]byte
}

// RewardsMetaData contains all meta data concerning the Rewards contract.
var RewardsMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"token_\",\"type\":\"address\"},{\"internalType\":\"contractRounds\",\"name\":\"rounds_\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"last\",\"type\":\"uint64\"}],\"name\":\"NoSuchPool\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"cumulative\",\"type\":\"uint256\"}],\"name\":\"NotInTree\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"rounds\",\"type\":\"address\"}],\"name\":\"NotRounds\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NothingDeposited\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"cumulative\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"paid\",\"type\":\"uint256\"}],\"name\":\"NothingToClaim\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"left\",\"type\":\"uint256\"}],\"name\":\"PoolEmpty\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"total\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"deposited\",\"type\":\"uint256\"}],\"name\":\"PoolOverdrawn\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint8\",\"name\":\"bits\",\"type\":\"uint8\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"SafeCastOverflowedUintDowncast\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"SafeERC20FailedOperation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"got\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"want\",\"type\":\"bytes32\"}],\"name\":\"WrongModel\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"got\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"want\",\"type\":\"address\"}],\"name\":\"WrongRewards\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"cumulative\",\"type\":\"uint256\"}],\"name\":\"Claimed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"from\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"deposited\",\"type\":\"uint256\"}],\"name\":\"Deposited\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"sponsor\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"modelId\",\"type\":\"bytes32\"}],\"name\":\"PoolCreated\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"count\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"total\",\"type\":\"uint256\"}],\"name\":\"award\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"cumulative\",\"type\":\"uint256\"},{\"internalType\":\"bytes32[]\",\"name\":\"proof\",\"type\":\"bytes32[]\"}],\"name\":\"claim\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"cumulative\",\"type\":\"uint256\"},{\"internalType\":\"bytes32[]\",\"name\":\"proof\",\"type\":\"bytes32[]\"}],\"internalType\":\"structRewards.Claim[]\",\"name\":\"claims\",\"type\":\"tuple[]\"}],\"name\":\"claimMany\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"claimed\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"modelId_\",\"type\":\"bytes32\"}],\"name\":\"createPool\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"deposit\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"deadline\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"v\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"s\",\"type\":\"bytes32\"}],\"name\":\"depositWithPermit\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"}],\"name\":\"deposits\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"modelId\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"pool\",\"type\":\"uint64\"}],\"name\":\"paid\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"poolCount\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"place\",\"type\":\"uint256\"}],\"name\":\"roots\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"rounds\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"token\",\"outputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "Rewards",
	Bin: "0x60e080604052346101635760408161122e803803809161001f82856101f8565b833981010312610163578051906001600160a01b038216820361016357602001516001600160a01b038116919082900361016357604080519081016001600160401b038111828210176101e45760405260018152600160208201525f5b600281106101d25750506040516327b16a2560e21b8152602081600481865afa90811561016f575f91610190575b506001600160a01b031630810361017a57608082905260a08390526040516321e6d56960e11b8152602081600481875afa90811561016f575f91610139575b5060c052604051611012908161021c823960805181818160e4015281816107c401528181610a710152610efb015260a051818181610561015261061c015260c051818181610269015261075e0152f35b90506020813d602011610167575b81610154602093836101f8565b810103126101635751816100e9565b5f80fd5b3d9150610147565b6040513d5f823e3d90fd5b63d400056b60e01b5f523060045260245260445ffd5b90506020813d6020116101ca575b816101ab602093836101f8565b8101031261016357516001600160a01b0381168103610163575f6100aa565b3d915061019e565b6001906020835193019281550161007c565b634e487b7160e01b5f52604160045260245ffd5b601f909101601f19168101906001600160401b038211908210176101e45760405256fe6080806040526004361015610012575f80fd5b5f905f3560e01c9081631c2f38ff14610878575080632579916f1461078157806343cdaad2146107465780636170c4b11461071d5780636f3000cb146105d05780638c32a2b114610585578063a2e800ad14610534578063a2f94bd314610447578063a60628e2146103e4578063c2b40ae414610379578063ee2373e914610251578063f525cb6814610229578063f8a1d1b91461010b5763fc0c546a146100b8575f80fd5b34610108578060031936011261010857602060405173ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b80fd5b50346101085760206003193601126101085760043567ffffffffffffffff81116102255761013d9036906004016108ea565b90825b82811061014b578380f35b610156818484610c17565b359067ffffffffffffffff82168203610221576020610176828686610c17565b01359173ffffffffffffffffffffffffffffffffffffffff8316830361021d5760406101a3838787610c17565b01356101b0838787610c17565b6060810135907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe18136030182121561021957019081359167ffffffffffffffff831161021957602001908260051b360382136102195760019561021294610cb6565b5001610140565b8880fd5b8580fd5b8480fd5b5080fd5b5034610108578060031936011261010857602067ffffffffffffffff60025416604051908152f35b503461010857602060031936011261010857600435907f000000000000000000000000000000000000000000000000000000000000000080830361034b57506002549067ffffffffffffffff82169067ffffffffffffffff821461031e5760207fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000858567ffffffffffffffff60018701169283911617600255604051908152817fc7477f917f1754ee689a88f730af8b271b0c0858c9ceb5da688dfc0cd5179431843393a3604051908152f35b807f4e487b7100000000000000000000000000000000000000000000000000000000602492526011600452fd5b6044927f5e18269c000000000000000000000000000000000000000000000000000000008352600452602452fd5b5034610108576020600319360112610108576004359060028210156103b75760209154600181145f146103b057505b604051908152f35b90506103a8565b807f4e487b7100000000000000000000000000000000000000000000000000000000602492526032600452fd5b50346101085760406003193601126101085773ffffffffffffffffffffffffffffffffffffffff60406104156108b0565b9267ffffffffffffffff6104276108c7565b9416815260046020522091165f52602052602060405f2054604051908152f35b5034610108576080600319360112610108576104616108b0565b9061046a6108c7565b60443560643567ffffffffffffffff8111610530576104906104999136906004016108ea565b90838588610cb6565b156104a2578280f35b604067ffffffffffffffff608495169384815260046020522073ffffffffffffffffffffffffffffffffffffffff83165f5260205273ffffffffffffffffffffffffffffffffffffffff60405f205492604051947fadddc520000000000000000000000000000000000000000000000000000000008652600486015216602484015260448301526064820152fd5b8380fd5b5034610108578060031936011261010857602060405173ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b5034610108576020600319360112610108576fffffffffffffffffffffffffffffffff604060209267ffffffffffffffff6105be6108b0565b16815260038452205416604051908152f35b5034610108576080600319360112610108576105ea6108b0565b60243560443567ffffffffffffffff81168091036105305760643573ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168033036106ee575081855260036020526fffffffffffffffffffffffffffffffff604086205416918282116106bd57505050806106b45750600180915b166002811015610687575580f35b6024837f4e487b710000000000000000000000000000000000000000000000000000000081526032600452fd5b60019091610679565b7f1db84122000000000000000000000000000000000000000000000000000000008652600452602452604452606483fd5b7f825323c500000000000000000000000000000000000000000000000000000000865233600452602452604485fd5b50346101085760406003193601126101085761074361073a6108b0565b60243590610989565b80f35b503461010857806003193601126101085760206040517f00000000000000000000000000000000000000000000000000000000000000008152f35b50346108745760c06003193601126108745761079b6108b0565b9060243560643560ff81168091036108745773ffffffffffffffffffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690813b15610874575f9160e4839260405194859384927fd505accf0000000000000000000000000000000000000000000000000000000084523360048501523060248501528860448501526044356064850152608484015260843560a484015260a43560c48401525af161085e575b506107439192610989565b61074392505f61086d9161091b565b5f91610853565b5f80fd5b346108745760206003193601126108745760209067ffffffffffffffff61089d6108b0565b165f526003825260405f205460801c8152f35b6004359067ffffffffffffffff8216820361087457565b6024359073ffffffffffffffffffffffffffffffffffffffff8216820361087457565b9181601f840112156108745782359167ffffffffffffffff8311610874576020808501948460051b01011161087457565b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff82111761095c57604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b67ffffffffffffffff1680151580610c01575b67ffffffffffffffff600254169015610bd257508115610baa57805f5260036020526fffffffffffffffffffffffffffffffff60405f205416828101809111610b7d576fffffffffffffffffffffffffffffffff8111610b4d576fffffffffffffffffffffffffffffffff1690805f52600360205260405f20827fffffffffffffffffffffffffffffffff000000000000000000000000000000008254161790556040519183835260208301527fc8dc2f491e264864373dd440d88d2bc06b9fbfe398805593dddc6f5e173fb41f60403393a37f000000000000000000000000000000000000000000000000000000000000000090604051907f23b872dd000000000000000000000000000000000000000000000000000000005f52336004523060245260445260205f60648180865af19060015f5114821615610b2c575b6040525f60605215610aea5750565b73ffffffffffffffffffffffffffffffffffffffff907f5274afe7000000000000000000000000000000000000000000000000000000005f521660045260245ffd5b906001811516610b4457823b15153d15161690610adb565b503d5f823e3d90fd5b7f6dfcc650000000000000000000000000000000000000000000000000000000005f52608060045260245260445ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b7f69b95dc9000000000000000000000000000000000000000000000000000000005f5260045ffd5b907f12fd1707000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5067ffffffffffffffff6002541681111561099c565b9190811015610c575760051b810135907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8181360301821215610874570190565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b906fffffffffffffffffffffffffffffffff809116911603906fffffffffffffffffffffffffffffffff8211610b7d57565b9291926040519073ffffffffffffffffffffffffffffffffffffffff67ffffffffffffffff60208401921693848352169182604082015285606082015260608152610d0260808261091b565b5190206040516020810191825260208152610d1e60408261091b565b519020935f945b86861015610d63578560051b850135908181105f14610d52575f52602052600160405f205b950194610d25565b905f52602052600160405f20610d4a565b929550925092505f548114908115611006575b5015610fd457825f52600460205260405f20825f5260205260405f205480821115610fcc57810392818411610b7d57805f52600360205260405f20604051906040820182811067ffffffffffffffff82111761095c576040525490610e206fffffffffffffffffffffffffffffffff80610e008186169586865260801c6020860196818852610c84565b1688119251166fffffffffffffffffffffffffffffffff84511690610c84565b90610f8657506fffffffffffffffffffffffffffffffff90825f52600460205260405f20855f526020528360405f205551166fffffffffffffffffffffffffffffffff851601916fffffffffffffffffffffffffffffffff8311610b7d5760407eba0e20624d3ca60bc20c3a05e2a036c6520db0972fb64eb80e2222a25fb04d918594845f526003602052825f20906fffffffffffffffffffffffffffffffff7fffffffffffffffffffffffffffffffff0000000000000000000000000000000083549260801b1691161790558151908782526020820152a37f000000000000000000000000000000000000000000000000000000000000000091604051917fa9059cbb000000000000000000000000000000000000000000000000000000005f5260045260245260205f60448180865af19060015f5114821615610f6e575b60405215610aea5750600190565b906001811516610b4457823b15153d15161690610f60565b6fffffffffffffffffffffffffffffffff9086847f8f36f166000000000000000000000000000000000000000000000000000000005f526004526024521660445260645ffd5b505050505f90565b917fe51af529000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b9050600154145f610d7656",
}

// Rewards is an auto generated Go binding around an Ethereum contract.
type Rewards struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Rewards) GetABI() abi.ABI {
	return c.abi
}

// NewRewards creates a new instance of Rewards.
func NewRewards() *Rewards {
	parsed, err := RewardsMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Rewards{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Rewards) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address token_, address rounds_) returns()
func (rewards *Rewards) PackConstructor(token_ common.Address, rounds_ common.Address) []byte {
	enc, err := rewards.abi.Pack("", token_, rounds_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackAward is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6f3000cb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function award(uint64 count, bytes32 root, uint64 pool, uint256 total) returns()
func (rewards *Rewards) PackAward(count uint64, root [32]byte, pool uint64, total *big.Int) []byte {
	enc, err := rewards.abi.Pack("award", count, root, pool, total)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAward is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6f3000cb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function award(uint64 count, bytes32 root, uint64 pool, uint256 total) returns()
func (rewards *Rewards) TryPackAward(count uint64, root [32]byte, pool uint64, total *big.Int) ([]byte, error) {
	return rewards.abi.Pack("award", count, root, pool, total)
}

// PackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa2f94bd3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claim(uint64 pool, address account, uint256 cumulative, bytes32[] proof) returns()
func (rewards *Rewards) PackClaim(pool uint64, account common.Address, cumulative *big.Int, proof [][32]byte) []byte {
	enc, err := rewards.abi.Pack("claim", pool, account, cumulative, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa2f94bd3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claim(uint64 pool, address account, uint256 cumulative, bytes32[] proof) returns()
func (rewards *Rewards) TryPackClaim(pool uint64, account common.Address, cumulative *big.Int, proof [][32]byte) ([]byte, error) {
	return rewards.abi.Pack("claim", pool, account, cumulative, proof)
}

// PackClaimMany is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf8a1d1b9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimMany((uint64,address,uint256,bytes32[])[] claims) returns()
func (rewards *Rewards) PackClaimMany(claims []RewardsClaim) []byte {
	enc, err := rewards.abi.Pack("claimMany", claims)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimMany is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf8a1d1b9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimMany((uint64,address,uint256,bytes32[])[] claims) returns()
func (rewards *Rewards) TryPackClaimMany(claims []RewardsClaim) ([]byte, error) {
	return rewards.abi.Pack("claimMany", claims)
}

// PackClaimed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa60628e2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimed(uint64 pool, address account) view returns(uint256)
func (rewards *Rewards) PackClaimed(pool uint64, account common.Address) []byte {
	enc, err := rewards.abi.Pack("claimed", pool, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa60628e2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimed(uint64 pool, address account) view returns(uint256)
func (rewards *Rewards) TryPackClaimed(pool uint64, account common.Address) ([]byte, error) {
	return rewards.abi.Pack("claimed", pool, account)
}

// UnpackClaimed is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa60628e2.
//
// Solidity: function claimed(uint64 pool, address account) view returns(uint256)
func (rewards *Rewards) UnpackClaimed(data []byte) (*big.Int, error) {
	out, err := rewards.abi.Unpack("claimed", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCreatePool is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xee2373e9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function createPool(bytes32 modelId_) returns(uint64 pool)
func (rewards *Rewards) PackCreatePool(modelId [32]byte) []byte {
	enc, err := rewards.abi.Pack("createPool", modelId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCreatePool is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xee2373e9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function createPool(bytes32 modelId_) returns(uint64 pool)
func (rewards *Rewards) TryPackCreatePool(modelId [32]byte) ([]byte, error) {
	return rewards.abi.Pack("createPool", modelId)
}

// UnpackCreatePool is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xee2373e9.
//
// Solidity: function createPool(bytes32 modelId_) returns(uint64 pool)
func (rewards *Rewards) UnpackCreatePool(data []byte) (uint64, error) {
	out, err := rewards.abi.Unpack("createPool", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6170c4b1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deposit(uint64 pool, uint256 amount) returns()
func (rewards *Rewards) PackDeposit(pool uint64, amount *big.Int) []byte {
	enc, err := rewards.abi.Pack("deposit", pool, amount)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6170c4b1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deposit(uint64 pool, uint256 amount) returns()
func (rewards *Rewards) TryPackDeposit(pool uint64, amount *big.Int) ([]byte, error) {
	return rewards.abi.Pack("deposit", pool, amount)
}

// PackDepositWithPermit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2579916f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function depositWithPermit(uint64 pool, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) returns()
func (rewards *Rewards) PackDepositWithPermit(pool uint64, amount *big.Int, deadline *big.Int, v uint8, r [32]byte, s [32]byte) []byte {
	enc, err := rewards.abi.Pack("depositWithPermit", pool, amount, deadline, v, r, s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDepositWithPermit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2579916f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function depositWithPermit(uint64 pool, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) returns()
func (rewards *Rewards) TryPackDepositWithPermit(pool uint64, amount *big.Int, deadline *big.Int, v uint8, r [32]byte, s [32]byte) ([]byte, error) {
	return rewards.abi.Pack("depositWithPermit", pool, amount, deadline, v, r, s)
}

// PackDeposits is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8c32a2b1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deposits(uint64 pool) view returns(uint256)
func (rewards *Rewards) PackDeposits(pool uint64) []byte {
	enc, err := rewards.abi.Pack("deposits", pool)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeposits is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8c32a2b1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deposits(uint64 pool) view returns(uint256)
func (rewards *Rewards) TryPackDeposits(pool uint64) ([]byte, error) {
	return rewards.abi.Pack("deposits", pool)
}

// UnpackDeposits is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8c32a2b1.
//
// Solidity: function deposits(uint64 pool) view returns(uint256)
func (rewards *Rewards) UnpackDeposits(data []byte) (*big.Int, error) {
	out, err := rewards.abi.Unpack("deposits", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackModelId is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x43cdaad2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function modelId() view returns(bytes32)
func (rewards *Rewards) PackModelId() []byte {
	enc, err := rewards.abi.Pack("modelId")
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
func (rewards *Rewards) TryPackModelId() ([]byte, error) {
	return rewards.abi.Pack("modelId")
}

// UnpackModelId is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x43cdaad2.
//
// Solidity: function modelId() view returns(bytes32)
func (rewards *Rewards) UnpackModelId(data []byte) ([32]byte, error) {
	out, err := rewards.abi.Unpack("modelId", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1c2f38ff.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function paid(uint64 pool) view returns(uint256)
func (rewards *Rewards) PackPaid(pool uint64) []byte {
	enc, err := rewards.abi.Pack("paid", pool)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1c2f38ff.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function paid(uint64 pool) view returns(uint256)
func (rewards *Rewards) TryPackPaid(pool uint64) ([]byte, error) {
	return rewards.abi.Pack("paid", pool)
}

// UnpackPaid is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1c2f38ff.
//
// Solidity: function paid(uint64 pool) view returns(uint256)
func (rewards *Rewards) UnpackPaid(data []byte) (*big.Int, error) {
	out, err := rewards.abi.Unpack("paid", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPoolCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf525cb68.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function poolCount() view returns(uint64)
func (rewards *Rewards) PackPoolCount() []byte {
	enc, err := rewards.abi.Pack("poolCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPoolCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf525cb68.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function poolCount() view returns(uint64)
func (rewards *Rewards) TryPackPoolCount() ([]byte, error) {
	return rewards.abi.Pack("poolCount")
}

// UnpackPoolCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf525cb68.
//
// Solidity: function poolCount() view returns(uint64)
func (rewards *Rewards) UnpackPoolCount(data []byte) (uint64, error) {
	out, err := rewards.abi.Unpack("poolCount", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackRoots is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc2b40ae4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function roots(uint256 place) view returns(bytes32)
func (rewards *Rewards) PackRoots(place *big.Int) []byte {
	enc, err := rewards.abi.Pack("roots", place)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRoots is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc2b40ae4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function roots(uint256 place) view returns(bytes32)
func (rewards *Rewards) TryPackRoots(place *big.Int) ([]byte, error) {
	return rewards.abi.Pack("roots", place)
}

// UnpackRoots is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc2b40ae4.
//
// Solidity: function roots(uint256 place) view returns(bytes32)
func (rewards *Rewards) UnpackRoots(data []byte) ([32]byte, error) {
	out, err := rewards.abi.Unpack("roots", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackRounds is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa2e800ad.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rounds() view returns(address)
func (rewards *Rewards) PackRounds() []byte {
	enc, err := rewards.abi.Pack("rounds")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRounds is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa2e800ad.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function rounds() view returns(address)
func (rewards *Rewards) TryPackRounds() ([]byte, error) {
	return rewards.abi.Pack("rounds")
}

// UnpackRounds is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa2e800ad.
//
// Solidity: function rounds() view returns(address)
func (rewards *Rewards) UnpackRounds(data []byte) (common.Address, error) {
	out, err := rewards.abi.Unpack("rounds", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackToken is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfc0c546a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function token() view returns(address)
func (rewards *Rewards) PackToken() []byte {
	enc, err := rewards.abi.Pack("token")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackToken is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfc0c546a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function token() view returns(address)
func (rewards *Rewards) TryPackToken() ([]byte, error) {
	return rewards.abi.Pack("token")
}

// UnpackToken is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfc0c546a.
//
// Solidity: function token() view returns(address)
func (rewards *Rewards) UnpackToken(data []byte) (common.Address, error) {
	out, err := rewards.abi.Unpack("token", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// RewardsClaimed represents a Claimed event raised by the Rewards contract.
type RewardsClaimed struct {
	Pool       uint64
	Account    common.Address
	Amount     *big.Int
	Cumulative *big.Int
	Raw        *types.Log // Blockchain specific contextual infos
}

const RewardsClaimedEventName = "Claimed"

// ContractEventName returns the user-defined event name.
func (RewardsClaimed) ContractEventName() string {
	return RewardsClaimedEventName
}

// UnpackClaimedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Claimed(uint64 indexed pool, address indexed account, uint256 amount, uint256 cumulative)
func (rewards *Rewards) UnpackClaimedEvent(log *types.Log) (*RewardsClaimed, error) {
	event := "Claimed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsClaimed)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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

// RewardsDeposited represents a Deposited event raised by the Rewards contract.
type RewardsDeposited struct {
	Pool      uint64
	From      common.Address
	Amount    *big.Int
	Deposited *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const RewardsDepositedEventName = "Deposited"

// ContractEventName returns the user-defined event name.
func (RewardsDeposited) ContractEventName() string {
	return RewardsDepositedEventName
}

// UnpackDepositedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Deposited(uint64 indexed pool, address indexed from, uint256 amount, uint256 deposited)
func (rewards *Rewards) UnpackDepositedEvent(log *types.Log) (*RewardsDeposited, error) {
	event := "Deposited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsDeposited)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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

// RewardsPoolCreated represents a PoolCreated event raised by the Rewards contract.
type RewardsPoolCreated struct {
	Pool    uint64
	Sponsor common.Address
	ModelId [32]byte
	Raw     *types.Log // Blockchain specific contextual infos
}

const RewardsPoolCreatedEventName = "PoolCreated"

// ContractEventName returns the user-defined event name.
func (RewardsPoolCreated) ContractEventName() string {
	return RewardsPoolCreatedEventName
}

// UnpackPoolCreatedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event PoolCreated(uint64 indexed pool, address indexed sponsor, bytes32 modelId)
func (rewards *Rewards) UnpackPoolCreatedEvent(log *types.Log) (*RewardsPoolCreated, error) {
	event := "PoolCreated"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsPoolCreated)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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
func (rewards *Rewards) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], rewards.abi.Errors["NoSuchPool"].ID.Bytes()[:4]) {
		return rewards.UnpackNoSuchPoolError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["NotInTree"].ID.Bytes()[:4]) {
		return rewards.UnpackNotInTreeError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["NotRounds"].ID.Bytes()[:4]) {
		return rewards.UnpackNotRoundsError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["NothingDeposited"].ID.Bytes()[:4]) {
		return rewards.UnpackNothingDepositedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["NothingToClaim"].ID.Bytes()[:4]) {
		return rewards.UnpackNothingToClaimError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["PoolEmpty"].ID.Bytes()[:4]) {
		return rewards.UnpackPoolEmptyError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["PoolOverdrawn"].ID.Bytes()[:4]) {
		return rewards.UnpackPoolOverdrawnError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["SafeCastOverflowedUintDowncast"].ID.Bytes()[:4]) {
		return rewards.UnpackSafeCastOverflowedUintDowncastError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return rewards.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["WrongModel"].ID.Bytes()[:4]) {
		return rewards.UnpackWrongModelError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["WrongRewards"].ID.Bytes()[:4]) {
		return rewards.UnpackWrongRewardsError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// RewardsNoSuchPool represents a NoSuchPool error raised by the Rewards contract.
type RewardsNoSuchPool struct {
	Pool uint64
	Last uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoSuchPool(uint64 pool, uint64 last)
func RewardsNoSuchPoolErrorID() common.Hash {
	return common.HexToHash("0x12fd170719640565fafe3838ec866f1ee0d13465f69402306382f24b6dcd1719")
}

// UnpackNoSuchPoolError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoSuchPool(uint64 pool, uint64 last)
func (rewards *Rewards) UnpackNoSuchPoolError(raw []byte) (*RewardsNoSuchPool, error) {
	out := new(RewardsNoSuchPool)
	if err := rewards.abi.UnpackIntoInterface(out, "NoSuchPool", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsNotInTree represents a NotInTree error raised by the Rewards contract.
type RewardsNotInTree struct {
	Pool       uint64
	Account    common.Address
	Cumulative *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotInTree(uint64 pool, address account, uint256 cumulative)
func RewardsNotInTreeErrorID() common.Hash {
	return common.HexToHash("0xe51af5296fad37aeacb9ef4775b464cc80a6524b6907f30d049720a3818f0681")
}

// UnpackNotInTreeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotInTree(uint64 pool, address account, uint256 cumulative)
func (rewards *Rewards) UnpackNotInTreeError(raw []byte) (*RewardsNotInTree, error) {
	out := new(RewardsNotInTree)
	if err := rewards.abi.UnpackIntoInterface(out, "NotInTree", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsNotRounds represents a NotRounds error raised by the Rewards contract.
type RewardsNotRounds struct {
	Sender common.Address
	Rounds common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotRounds(address sender, address rounds)
func RewardsNotRoundsErrorID() common.Hash {
	return common.HexToHash("0x825323c538eeaf658523d431f2b10ca82438a0ba0b85de30ae2615e1a2b9fea3")
}

// UnpackNotRoundsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotRounds(address sender, address rounds)
func (rewards *Rewards) UnpackNotRoundsError(raw []byte) (*RewardsNotRounds, error) {
	out := new(RewardsNotRounds)
	if err := rewards.abi.UnpackIntoInterface(out, "NotRounds", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsNothingDeposited represents a NothingDeposited error raised by the Rewards contract.
type RewardsNothingDeposited struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingDeposited()
func RewardsNothingDepositedErrorID() common.Hash {
	return common.HexToHash("0x69b95dc9068b73ded05a3e1e3b394dc555034d0aab99497e4bc8f40d01473ecd")
}

// UnpackNothingDepositedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingDeposited()
func (rewards *Rewards) UnpackNothingDepositedError(raw []byte) (*RewardsNothingDeposited, error) {
	out := new(RewardsNothingDeposited)
	if err := rewards.abi.UnpackIntoInterface(out, "NothingDeposited", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsNothingToClaim represents a NothingToClaim error raised by the Rewards contract.
type RewardsNothingToClaim struct {
	Pool       uint64
	Account    common.Address
	Cumulative *big.Int
	Paid       *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingToClaim(uint64 pool, address account, uint256 cumulative, uint256 paid)
func RewardsNothingToClaimErrorID() common.Hash {
	return common.HexToHash("0xadddc520444762e77572ab549f928a016cee95bf92cf0faaf70d04e09cb341c3")
}

// UnpackNothingToClaimError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingToClaim(uint64 pool, address account, uint256 cumulative, uint256 paid)
func (rewards *Rewards) UnpackNothingToClaimError(raw []byte) (*RewardsNothingToClaim, error) {
	out := new(RewardsNothingToClaim)
	if err := rewards.abi.UnpackIntoInterface(out, "NothingToClaim", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsPoolEmpty represents a PoolEmpty error raised by the Rewards contract.
type RewardsPoolEmpty struct {
	Pool   uint64
	Amount *big.Int
	Left   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PoolEmpty(uint64 pool, uint256 amount, uint256 left)
func RewardsPoolEmptyErrorID() common.Hash {
	return common.HexToHash("0x8f36f1661270a1d2b391cf3f195e1d5d19cd0e7d6bb61132f06bc4e759ccb9e5")
}

// UnpackPoolEmptyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PoolEmpty(uint64 pool, uint256 amount, uint256 left)
func (rewards *Rewards) UnpackPoolEmptyError(raw []byte) (*RewardsPoolEmpty, error) {
	out := new(RewardsPoolEmpty)
	if err := rewards.abi.UnpackIntoInterface(out, "PoolEmpty", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsPoolOverdrawn represents a PoolOverdrawn error raised by the Rewards contract.
type RewardsPoolOverdrawn struct {
	Pool      uint64
	Total     *big.Int
	Deposited *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PoolOverdrawn(uint64 pool, uint256 total, uint256 deposited)
func RewardsPoolOverdrawnErrorID() common.Hash {
	return common.HexToHash("0x1db84122cbbd608a3bf22bd1f17f0b31bdf251dd9aa5b04f1700d812c081bf26")
}

// UnpackPoolOverdrawnError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PoolOverdrawn(uint64 pool, uint256 total, uint256 deposited)
func (rewards *Rewards) UnpackPoolOverdrawnError(raw []byte) (*RewardsPoolOverdrawn, error) {
	out := new(RewardsPoolOverdrawn)
	if err := rewards.abi.UnpackIntoInterface(out, "PoolOverdrawn", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsSafeCastOverflowedUintDowncast represents a SafeCastOverflowedUintDowncast error raised by the Rewards contract.
type RewardsSafeCastOverflowedUintDowncast struct {
	Bits  uint8
	Value *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func RewardsSafeCastOverflowedUintDowncastErrorID() common.Hash {
	return common.HexToHash("0x6dfcc6503a32754ce7a89698e18201fc5294fd4aad43edefee786f88423b1a12")
}

// UnpackSafeCastOverflowedUintDowncastError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func (rewards *Rewards) UnpackSafeCastOverflowedUintDowncastError(raw []byte) (*RewardsSafeCastOverflowedUintDowncast, error) {
	out := new(RewardsSafeCastOverflowedUintDowncast)
	if err := rewards.abi.UnpackIntoInterface(out, "SafeCastOverflowedUintDowncast", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsSafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the Rewards contract.
type RewardsSafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func RewardsSafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (rewards *Rewards) UnpackSafeERC20FailedOperationError(raw []byte) (*RewardsSafeERC20FailedOperation, error) {
	out := new(RewardsSafeERC20FailedOperation)
	if err := rewards.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsWrongModel represents a WrongModel error raised by the Rewards contract.
type RewardsWrongModel struct {
	Got  [32]byte
	Want [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongModel(bytes32 got, bytes32 want)
func RewardsWrongModelErrorID() common.Hash {
	return common.HexToHash("0x5e18269cd5e9113af49130d8b968bb64f1f6f97851c80d3933448ae67f731b72")
}

// UnpackWrongModelError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongModel(bytes32 got, bytes32 want)
func (rewards *Rewards) UnpackWrongModelError(raw []byte) (*RewardsWrongModel, error) {
	out := new(RewardsWrongModel)
	if err := rewards.abi.UnpackIntoInterface(out, "WrongModel", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsWrongRewards represents a WrongRewards error raised by the Rewards contract.
type RewardsWrongRewards struct {
	Got  common.Address
	Want common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongRewards(address got, address want)
func RewardsWrongRewardsErrorID() common.Hash {
	return common.HexToHash("0xd400056be330245591246f2fff8f76d151a1cba22dd6d99ef219c95ad6779c22")
}

// UnpackWrongRewardsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongRewards(address got, address want)
func (rewards *Rewards) UnpackWrongRewardsError(raw []byte) (*RewardsWrongRewards, error) {
	out := new(RewardsWrongRewards)
	if err := rewards.abi.UnpackIntoInterface(out, "WrongRewards", raw); err != nil {
		return nil, err
	}
	return out, nil
}
