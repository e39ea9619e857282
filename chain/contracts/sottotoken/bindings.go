// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package sottotoken

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

// CheckpointsCheckpoint208 is an auto generated low-level Go binding around an user-defined struct.
type CheckpointsCheckpoint208 struct {
	Key   *big.Int
	Value *big.Int
}

// SottoTokenMetaData contains all meta data concerning the SottoToken contract.
var SottoTokenMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"address\",\"name\":\"holder\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"CheckpointUnorderedInsertion\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ECDSAInvalidSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"length\",\"type\":\"uint256\"}],\"name\":\"ECDSAInvalidSignatureLength\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"s\",\"type\":\"bytes32\"}],\"name\":\"ECDSAInvalidSignatureS\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"increasedSupply\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"cap\",\"type\":\"uint256\"}],\"name\":\"ERC20ExceededSafeSupply\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"allowance\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"needed\",\"type\":\"uint256\"}],\"name\":\"ERC20InsufficientAllowance\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"balance\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"needed\",\"type\":\"uint256\"}],\"name\":\"ERC20InsufficientBalance\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"approver\",\"type\":\"address\"}],\"name\":\"ERC20InvalidApprover\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"}],\"name\":\"ERC20InvalidReceiver\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"}],\"name\":\"ERC20InvalidSender\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"}],\"name\":\"ERC20InvalidSpender\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"deadline\",\"type\":\"uint256\"}],\"name\":\"ERC2612ExpiredSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"signer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"ERC2612InvalidSigner\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"timepoint\",\"type\":\"uint256\"},{\"internalType\":\"uint48\",\"name\":\"clock\",\"type\":\"uint48\"}],\"name\":\"ERC5805FutureLookup\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ERC6372InconsistentClock\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"currentNonce\",\"type\":\"uint256\"}],\"name\":\"InvalidAccountNonce\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidShortString\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint8\",\"name\":\"bits\",\"type\":\"uint8\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"SafeCastOverflowedUintDowncast\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"str\",\"type\":\"string\"}],\"name\":\"StringTooLong\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"expiry\",\"type\":\"uint256\"}],\"name\":\"VotesExpiredSignature\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"Approval\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"delegator\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"fromDelegate\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"toDelegate\",\"type\":\"address\"}],\"name\":\"DelegateChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"previousVotes\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"newVotes\",\"type\":\"uint256\"}],\"name\":\"DelegateVotesChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"EIP712DomainChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"from\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"Transfer\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"CLOCK_MODE\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"DOMAIN_SEPARATOR\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"INITIAL_SUPPLY\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"}],\"name\":\"allowance\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"approve\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"balanceOf\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint32\",\"name\":\"pos\",\"type\":\"uint32\"}],\"name\":\"checkpoints\",\"outputs\":[{\"components\":[{\"internalType\":\"uint48\",\"name\":\"_key\",\"type\":\"uint48\"},{\"internalType\":\"uint208\",\"name\":\"_value\",\"type\":\"uint208\"}],\"internalType\":\"structCheckpoints.Checkpoint208\",\"name\":\"\",\"type\":\"tuple\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"clock\",\"outputs\":[{\"internalType\":\"uint48\",\"name\":\"\",\"type\":\"uint48\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"decimals\",\"outputs\":[{\"internalType\":\"uint8\",\"name\":\"\",\"type\":\"uint8\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"delegatee\",\"type\":\"address\"}],\"name\":\"delegate\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"delegatee\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"nonce\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"expiry\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"v\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"s\",\"type\":\"bytes32\"}],\"name\":\"delegateBySig\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"delegates\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"eip712Domain\",\"outputs\":[{\"internalType\":\"bytes1\",\"name\":\"fields\",\"type\":\"bytes1\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"string\",\"name\":\"version\",\"type\":\"string\"},{\"internalType\":\"uint256\",\"name\":\"chainId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"verifyingContract\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"},{\"internalType\":\"uint256[]\",\"name\":\"extensions\",\"type\":\"uint256[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"timepoint\",\"type\":\"uint256\"}],\"name\":\"getPastTotalSupply\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"timepoint\",\"type\":\"uint256\"}],\"name\":\"getPastVotes\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"getVotes\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"name\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"nonces\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"numCheckpoints\",\"outputs\":[{\"internalType\":\"uint32\",\"name\":\"\",\"type\":\"uint32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"deadline\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"v\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"s\",\"type\":\"bytes32\"}],\"name\":\"permit\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"symbol\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"totalSupply\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"transfer\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"from\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"transferFrom\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "SottoToken",
	Bin: "0x61016060405234610094576020612ca0803803809161001d826100ac565b610160391261009457610160516001600160a01b0381168103610094576100439061014f565b60405161212a9081610b368239608051816112b7015260a05181611374015260c05181611288015260e051816113060152610100518161132c01526101205181610847015261014051816108700152f35b5f80fd5b634e487b7160e01b5f52604160045260245ffd5b610160601f91909101601f19168101906001600160401b038211908210176100d357604052565b610098565b601f909101601f19168101906001600160401b038211908210176100d357604052565b6040519061010a6040836100d8565b565b6040519061011b6040836100d8565b60058252565b604051906101306040836100d8565b60018252565b61013e61010c565b9064536f74746f60d81b6020830152565b90610158610136565b91610161610136565b9261016a61010c565b9064534f54544f60d81b6020830152610181610121565b906020820192603160f81b8452865160018060401b0381116100d3576101b1816101ac6003546102c8565b610300565b6020601f821160011461023e57816101f093926101e89261010a9a9b5f92610233575b50508160011b915f199060031b1c19161790565b6003556103bd565b6101f981610587565b6101205261020682610587565b610140526020815191012060e052519020610100524660a0526102276105f2565b6080523060c052610496565b015190505f806101d4565b60035f52601f198216987fc2575a0e9e593c00f959f8c92f12db2869c3395a3b0502d05e2516446f71f85b995f5b8181106102b057509960019284926101f0969561010a9c9d10610298575b505050811b016003556103bd565b01515f1960f88460031b161c191690555f808061028a565b838301518c556001909b019a6020938401930161026c565b90600182811c921680156102f6575b60208310146102e257565b634e487b7160e01b5f52602260045260245ffd5b91607f16916102d7565b90601f821161030d575050565b808211610318575050565b60035f5260205f206020601f830160051c9210610357575b81601f9101920160051c03905f5b82811061034a57505050565b5f8282015560010161033e565b5f9150610330565b919091601f8311610370575b505050565b81831161037c57505050565b5f5260205f206020601f830160051c92106103b5575b81601f9101920160051c03905f5b8281101561036b575f828201556001016103a0565b5f9150610392565b80519091906001600160401b0381116100d3576103e6816103df6004546102c8565b600461035f565b602092601f821160011461041a57610415929382915f926102335750508160011b915f199060031b1c19161790565b600455565b60045f52601f198216937f8a35acfbc15ff81a39ae7d344fd709f28e8600b4aa8c65c6b64bfe7fe36bd19b915f5b86811061047e5750836001959610610466575b505050811b01600455565b01515f1960f88460031b161c191690555f808061045b565b91926020600181928685015181550194019201610448565b6001600160a01b0381168015610574576002546b033b2e3c9fd0803ce8000000810180911161056f576002556001600160a01b0382165f9081526020819052604090206b033b2e3c9fd0803ce800000081540190555f7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef6040518061052c6b033b2e3c9fd0803ce8000000829190602083019252565b0390a36002546001600160d01b039081811161055a5750506b033b2e3c9fd0803ce800000061010a91610664565b630e58ae9360e11b5f5260045260245260445ffd5b610650565b63ec442f0560e01b5f525f60045260245ffd5b601f8151116105b25760208151910151602082106105a3571790565b5f198260200360031b1b161790565b604460209160405192839163305a27a960e01b83528160048401528051918291826024860152018484015e5f828201840152601f01601f19168101030190fd5b60e051610100516040519060208201927f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f8452604083015260608201524660808201523060a082015260a0815261064a60c0826100d8565b51902090565b634e487b7160e01b5f52601160045260245ffd5b9061066e81610763565b9165ffffffffffff431161074b57600a548061071557506106a861069861010a945f5b6002610ad9565b65ffffffffffff4316600a610a03565b50506001600160a01b031680156106fd575b60086020527f5eff886ea0ce6ca488a3d6e336d6c0f75f46d19b42c06ce5ee98e42c96d256c7545f9182526040909120546001600160a01b039081169116610892565b61070e61070983610763565b610794565b50506106ba565b92835f1981011161056f57600a5f525f516020612c605f395f51905f529093015461010a936106a891610698919060301c610691565b6306dfcc6560e41b5f5260306004524360245260445ffd5b6001600160d01b03811161077d576001600160d01b031690565b6306dfcc6560e41b5f5260d060045260245260445ffd5b65ffffffffffff431161074b57600a54806107be57506106986107ba915f5b6003610ad9565b9091565b805f1981011161056f57600a5f525f516020612c605f395f51905f5201546107ba916106989160301c6107b3565b65ffffffffffff431161074b5780548061082057506108106107ba925f6003610ad9565b9065ffffffffffff431690610a03565b805f1981011161056f575f82815260209020015f1901546107ba926108109160301c6107b3565b65ffffffffffff431161074b5780548061086b57506108106107ba925f6002610ad9565b805f1981011161056f575f82815260209020015f1901546107ba926108109160301c610691565b6001600160a01b03808316939291908116908185141580610985575b6108ba575b5050505050565b8161092b575b5050826108cf575b80806108b3565b6001600160a01b03165f9081526009602052604090205f516020612c805f395f51905f5291610908916109029091610763565b90610847565b604080516001600160d01b039384168152919092166020820152a25f80806108c8565b6001600160a01b03165f9081526009602052604090205f516020612c805f395f51905f52906109639061095d86610763565b906107ec565b604080516001600160d01b039384168152919092166020820152a25f806108c0565b508315156108ae565b5f1981019190821161056f57565b908154680100000000000000008110156100d357600181018084558110156109ef575f9283526020928390208251929093015160301b65ffffffffffff191665ffffffffffff9290921691909117910155565b634e487b7160e01b5f52603260045260245ffd5b80549293928015610aaf57610a1a610a259161098e565b825f5260205f200190565b8054603081901c9365ffffffffffff91821692918116808411610aa057879303610a6c5750610a6892509065ffffffffffff82549181199060301b169116179055565b9190565b915050610a6891610a8c610a7e6100fb565b65ffffffffffff9093168352565b6001600160d01b038616602083015261099c565b632520601d60e01b5f5260045ffd5b5090610ad491610ac0610a7e6100fb565b6001600160d01b038516602083015261099c565b5f9190565b91909180600214610b1b57600314610aff57634e487b7160e01b5f52605160045260245ffd5b6001600160d01b039081169181169190910390811161056f5790565b506001600160d01b039182169082160190811161056f579056fe60806040526004361015610011575f80fd5b5f3560e01c806306fdde0314610194578063095ea7b31461018f57806318160ddd1461018a57806323b872dd146101855780632ff2e9dc14610180578063313ce5671461017b5780633644e515146101765780633a46b1a8146101715780634bf5d7e91461016c578063587cde1e146101675780635c19a95c146101625780636fcfff451461015d57806370a08231146101585780637ecebe001461015357806384b0196e1461014e5780638e539e8c1461014957806391ddadf41461014457806395d89b411461013f5780639ab24eb01461013a578063a9059cbb14610135578063c3cda52014610130578063d505accf1461012b578063dd62ed3e146101265763f1127ed814610121575f80fd5b610f2f565b610ebc565b610d21565b610bb3565b610b6d565b610b05565b610a50565b610a25565b610966565b61082f565b6107ea565b6107a8565b610720565b6106fc565b6106a1565b6105f8565b6104f4565b6104d2565b6104b7565b610491565b6103b2565b610395565b610364565b6101f0565b907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f602080948051918291828752018686015e5f8582860101520116010190565b9060206101ed928181520190610199565b90565b3461031a575f60031936011261031a576040515f6003548060011c9060018116908115610310575b6020831082146102e35782855260208501919081156102ac575060011461025a575b6102568461024a81860382611080565b604051918291826101dc565b0390f35b60035f9081529250907fc2575a0e9e593c00f959f8c92f12db2869c3395a3b0502d05e2516446f71f85b5b8184106102985750500161024a8261023a565b805484840152602090930192600101610285565b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001682525090151560051b01905061024a8261023a565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52602260045260245ffd5b91607f1691610218565b5f80fd5b6004359073ffffffffffffffffffffffffffffffffffffffff8216820361031a57565b6024359073ffffffffffffffffffffffffffffffffffffffff8216820361031a57565b3461031a57604060031936011261031a5761038a61038061031e565b6024359033611531565b602060405160018152f35b3461031a575f60031936011261031a576020600254604051908152f35b3461031a57606060031936011261031a576103cb61031e565b6103d3610341565b6044359073ffffffffffffffffffffffffffffffffffffffff83165f5260016020526104203360405f209073ffffffffffffffffffffffffffffffffffffffff165f5260205260405f2090565b54925f198410610441575b61043593506110ea565b60405160018152602090f35b82841061045d576104588361043595033383611626565b61042b565b82847ffb8f41b2000000000000000000000000000000000000000000000000000000005f523360045260245260445260645ffd5b3461031a575f60031936011261031a5760206040516b033b2e3c9fd0803ce80000008152f35b3461031a575f60031936011261031a57602060405160128152f35b3461031a575f60031936011261031a5760206104ec611271565b604051908152f35b3461031a57604060031936011261031a5761050d61031e565b73ffffffffffffffffffffffffffffffffffffffff60243591165f52600960205261053b60405f209161139a565b8154905f8291600584116105a0575b610555935084611888565b908161058557505060205f5b79ffffffffffffffffffffffffffffffffffffffffffffffffffff60405191168152f35b6105906020926113ec565b905f52815f20015460301c610561565b91926105ab81611713565b81039081116105f35761055593855f5265ffffffffffff8260205f2001541665ffffffffffff8516105f146105e157509161054a565b9291506105ed906113fa565b9061054a565b611005565b3461031a575f60031936011261031a5761061143611694565b65ffffffffffff8061062243611694565b169116036106795761025660405161063b604082611080565b601d81527f6d6f64653d626c6f636b6e756d6265722666726f6d3d64656661756c740000006020820152604051918291602083526020830190610199565b7f6ff07140000000000000000000000000000000000000000000000000000000005f5260045ffd5b3461031a57602060031936011261031a5773ffffffffffffffffffffffffffffffffffffffff6106cf61031e565b165f526008602052602073ffffffffffffffffffffffffffffffffffffffff60405f205416604051908152f35b3461031a57602060031936011261031a5761071e61071861031e565b33611408565b005b3461031a57602060031936011261031a5773ffffffffffffffffffffffffffffffffffffffff61074e61031e565b165f52600960205260405f205463ffffffff81116107785760405163ffffffff9091168152602090f35b7f6dfcc650000000000000000000000000000000000000000000000000000000005f52602060045260245260445ffd5b3461031a57602060031936011261031a5760206104ec6107c661031e565b73ffffffffffffffffffffffffffffffffffffffff165f525f60205260405f205490565b3461031a57602060031936011261031a5773ffffffffffffffffffffffffffffffffffffffff61081861031e565b165f526007602052602060405f2054604051908152f35b3461031a575f60031936011261031a5761090d61086b7f0000000000000000000000000000000000000000000000000000000000000000611a68565b6108947f0000000000000000000000000000000000000000000000000000000000000000611a68565b60206040516108a38282611080565b5f81528161091b818301947fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe083013687376040519788977f0f00000000000000000000000000000000000000000000000000000000000000895260e0858a015260e0890190610199565b908782036040890152610199565b914660608701523060808701525f60a087015285830360c087015251918281520192915f5b82811061094f57505050500390f35b835185528695509381019392810192600101610940565b3461031a57602060031936011261031a5761098260043561139a565b600a54905f8291600584116109d1575b61099e9350600a611888565b806109af57506040515f8152602090f35b6109cc6109bd6020926113ec565b600a5f52825f20015460301c90565b610561565b91926109dc81611713565b81039081116105f35761099e93600a5f5265ffffffffffff8260205f2001541665ffffffffffff8516105f14610a13575091610992565b929150610a1f906113fa565b90610992565b3461031a575f60031936011261031a576020610a4043611694565b65ffffffffffff60405191168152f35b3461031a575f60031936011261031a576040515f6004548060011c9060018116908115610afb575b6020831082146102e35782855260208501919081156102ac5750600114610aa9576102568461024a81860382611080565b60045f9081529250907f8a35acfbc15ff81a39ae7d344fd709f28e8600b4aa8c65c6b64bfe7fe36bd19b5b818410610ae75750500161024a8261023a565b805484840152602090930192600101610ad4565b91607f1691610a78565b3461031a57602060031936011261031a5773ffffffffffffffffffffffffffffffffffffffff610b3361031e565b165f526009602052602079ffffffffffffffffffffffffffffffffffffffffffffffffffff610b6460405f206114b8565b16604051908152f35b3461031a57604060031936011261031a5761038a610b8961031e565b60243590336110ea565b6064359060ff8216820361031a57565b6084359060ff8216820361031a57565b3461031a5760c060031936011261031a57610bcc61031e565b60243590604435610bdb610b93565b6084359060a43592804211610cf65791610c6e9391610c60610c659460405160208101917fe48329057bfd03d55e49b547132e39cffd9c1820ad7b9d4c5307691425d15adf835273ffffffffffffffffffffffffffffffffffffffff8a1660408301528a6060830152608082015260808152610c5860a082611080565b5190206114e1565b611abf565b90929192611b90565b610c9f8173ffffffffffffffffffffffffffffffffffffffff165f52600760205260405f2080549060018201905590565b809303610cb05761071e9250611408565b73ffffffffffffffffffffffffffffffffffffffff91507f752d88c0000000000000000000000000000000000000000000000000000000005f521660045260245260445ffd5b7f4683af0e000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b3461031a5760e060031936011261031a57610d3a61031e565b610d42610341565b6044359060643592610d52610ba3565b60a43560c43590864211610e9057610e2292610e1d610d988673ffffffffffffffffffffffffffffffffffffffff165f52600760205260405f2080549060018201905590565b9860405160208101917f6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9835273ffffffffffffffffffffffffffffffffffffffff89169b8c604084015273ffffffffffffffffffffffffffffffffffffffff8b1660608401528b608084015260a083015260c082015260c08152610c5860e082611080565b611522565b9373ffffffffffffffffffffffffffffffffffffffff851603610e495761071e9350611531565b7f4b800e46000000000000000000000000000000000000000000000000000000005f5273ffffffffffffffffffffffffffffffffffffffff8085166004521660245260445ffd5b867f62791302000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b3461031a57604060031936011261031a576020610f26610eda61031e565b73ffffffffffffffffffffffffffffffffffffffff610ef7610341565b91165f526001835260405f209073ffffffffffffffffffffffffffffffffffffffff165f5260205260405f2090565b54604051908152f35b3461031a57604060031936011261031a57610f4861031e565b6024359063ffffffff8216820361031a576102569173ffffffffffffffffffffffffffffffffffffffff610fa292610f7e6110d2565b50610f876110d2565b50165f52600960205260405f20610f9c6110d2565b50611c57565b5060405190610fb08261105f565b5465ffffffffffff8116825260301c602082015260405191829182919091602079ffffffffffffffffffffffffffffffffffffffffffffffffffff81604084019565ffffffffffff8151168552015116910152565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b6040810190811067ffffffffffffffff82111761107b57604052565b611032565b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff82111761107b57604052565b604051906110d0604083611080565b565b604051906110df8261105f565b5f6020838281520152565b92919073ffffffffffffffffffffffffffffffffffffffff84169384156112455773ffffffffffffffffffffffffffffffffffffffff821680156112195761114f8273ffffffffffffffffffffffffffffffffffffffff165f525f60205260405f2090565b548481106111e55795846110d09697036111868473ffffffffffffffffffffffffffffffffffffffff165f525f60205260405f2090565b556111ae8473ffffffffffffffffffffffffffffffffffffffff165f525f60205260405f2090565b8054860190556040518581527fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef90602090a3611e2e565b8490877fe450d38c000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b7fec442f05000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b7f96c6fd1e000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b73ffffffffffffffffffffffffffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016301480611371575b156112d9577f000000000000000000000000000000000000000000000000000000000000000090565b60405160208101907f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f82527f000000000000000000000000000000000000000000000000000000000000000060408201527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a082015260a0815261136b60c082611080565b51902090565b507f000000000000000000000000000000000000000000000000000000000000000046146112b0565b65ffffffffffff6113aa43611694565b16808210156113bd57506101ed90611694565b907fecd3f81e000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b905f1982019182116105f357565b90600182018092116105f357565b73ffffffffffffffffffffffffffffffffffffffff8181165f81815260086020526040812080548685167fffffffffffffffffffffffff0000000000000000000000000000000000000000821681179092556110d0969416946114b29390928691907f3134e8a2e6d97e929a7e54011ea5485d7d196dd5f0ba4d4ef95803e8e3fc257f9080a473ffffffffffffffffffffffffffffffffffffffff165f525f60205260405f205490565b916118e1565b8054806114c55750505f90565b805f198101116105f3575f19915f5260205f2001015460301c90565b6042906114ec611271565b90604051917f19010000000000000000000000000000000000000000000000000000000000008352600283015260228201522090565b916101ed9391610c6593611abf565b73ffffffffffffffffffffffffffffffffffffffff169081156115fa5773ffffffffffffffffffffffffffffffffffffffff81169283156115ce57806115c17f8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b92593855f52600160205260405f209073ffffffffffffffffffffffffffffffffffffffff165f5260205260405f2090565b55604051908152602090a3565b7f94280d62000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b7fe602df05000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b73ffffffffffffffffffffffffffffffffffffffff169081156115fa5773ffffffffffffffffffffffffffffffffffffffff8116156115ce57611691915f52600160205260405f209073ffffffffffffffffffffffffffffffffffffffff165f5260205260405f2090565b55565b65ffffffffffff81116116ac5765ffffffffffff1690565b7f6dfcc650000000000000000000000000000000000000000000000000000000005f52603060045260245260445ffd5b81156116e6570490565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601260045260245ffd5b60018111156101ed57806001700100000000000000000000000000000000831015611846575b6117ec6117e26117d86117ce6117c46117ba6117a96117f39760048a680100000000000000006117f89c1015611839575b64010000000081101561182c575b6201000081101561181f575b610100811015611812575b6010811015611805575b10156117fd575b60030260011c90565b6117b3818b6116dc565b0160011c90565b6117b3818a6116dc565b6117b381896116dc565b6117b381886116dc565b6117b381876116dc565b6117b381866116dc565b80936116dc565b821190565b900390565b60011b6117a0565b60041c9160021b91611799565b60081c9160041b9161178f565b60101c9160081b91611784565b60201c9160101b91611778565b60401c9160201b9161176a565b50506117f86117f36117ec6117e26117d86117ce6117c46117ba6117a961186d8a60801c90565b98506801000000000000000097506117399650505050505050565b9065ffffffffffff165b83831061189f5750505090565b90919280841860011c8185160190835f528265ffffffffffff8360205f20015416115f146118d15750925b9190611892565b93506118dc906113fa565b6118ca565b919073ffffffffffffffffffffffffffffffffffffffff81169273ffffffffffffffffffffffffffffffffffffffff8116908482141580611a5f575b611929575b5050505050565b816119dc575b50508261193e575b8080611922565b6119d16119b87fdec2bacdd2f05b59de34da9b523dff8be42e5e38e818c82fdb0bae774387a724936119b26119ac79ffffffffffffffffffffffffffffffffffffffffffffffffffff9573ffffffffffffffffffffffffffffffffffffffff165f52600960205260405f2090565b91611c99565b90611d6d565b6040805192851683529316602082015291829190820190565b0390a25f8080611937565b79ffffffffffffffffffffffffffffffffffffffffffffffffffff611a556119b8611a467fdec2bacdd2f05b59de34da9b523dff8be42e5e38e818c82fdb0bae774387a7249473ffffffffffffffffffffffffffffffffffffffff165f52600960205260405f2090565b611a4f88611c99565b90611d09565b0390a25f8061192f565b5083151561191d565b60ff811690601f8211611a975760405191611a84604084611080565b6020808452838101919036833783525290565b7fb3512b0c000000000000000000000000000000000000000000000000000000005f5260045ffd5b91907f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08411611b4e579160209360809260ff5f9560405194855216868401526040830152606082015282805260015afa15611b43575f5173ffffffffffffffffffffffffffffffffffffffff811615611b3957905f905f90565b505f906001905f90565b6040513d5f823e3d90fd5b5050505f9160039190565b60041115611b6357565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52602160045260245ffd5b611b9981611b59565b80611ba2575050565b611bab81611b59565b60018103611bdb577ff645eedf000000000000000000000000000000000000000000000000000000005f5260045ffd5b611be481611b59565b60028103611c1857507ffce698f7000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b80611c24600392611b59565b14611c2c5750565b7fd78bce0c000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b8054821015611c6c575f5260205f2001905f90565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b79ffffffffffffffffffffffffffffffffffffffffffffffffffff8111611cd95779ffffffffffffffffffffffffffffffffffffffffffffffffffff1690565b7f6dfcc650000000000000000000000000000000000000000000000000000000005f5260d060045260245260445ffd5b90611d1343611694565b9079ffffffffffffffffffffffffffffffffffffffffffffffffffff80611d39856114b8565b92169116039079ffffffffffffffffffffffffffffffffffffffffffffffffffff82116105f357611d6992611ff7565b9091565b90611d7743611694565b9079ffffffffffffffffffffffffffffffffffffffffffffffffffff80611d9d856114b8565b92169116019079ffffffffffffffffffffffffffffffffffffffffffffffffffff82116105f357611d6992611ff7565b611dd643611694565b9079ffffffffffffffffffffffffffffffffffffffffffffffffffff80611dfd600a6114b8565b921691160379ffffffffffffffffffffffffffffffffffffffffffffffffffff81116105f357611d6991600a611ff7565b90919073ffffffffffffffffffffffffffffffffffffffff168015611ed3575b73ffffffffffffffffffffffffffffffffffffffff6110d09316908115611ebb575b5f52600860205273ffffffffffffffffffffffffffffffffffffffff60405f205416905f52600860205273ffffffffffffffffffffffffffffffffffffffff60405f205416906118e1565b611ecc611ec784611c99565b611dcd565b5050611e70565b611edc82611c99565b92611ee643611694565b9379ffffffffffffffffffffffffffffffffffffffffffffffffffff80611f0d600a6114b8565b92169116019079ffffffffffffffffffffffffffffffffffffffffffffffffffff82116105f3576110d09473ffffffffffffffffffffffffffffffffffffffff92611f5991600a611ff7565b905050935050611e4e565b80546801000000000000000081101561107b57611f8691600182018155611c57565b611fcb5781516020929092015160301b7fffffffffffffffffffffffffffffffffffffffffffffffffffff0000000000001665ffffffffffff92909216919091179055565b7f4e487b71000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b805492939280156120ed5761200e612019916113ec565b825f5260205f200190565b8054603081901c9365ffffffffffff918216929181168084116120c55787930361207e575061207a92509065ffffffffffff7fffffffffffffffffffffffffffffffffffffffffffffffffffff00000000000083549260301b169116179055565b9190565b91505061207a9161209e6120906110c1565b65ffffffffffff9093168352565b79ffffffffffffffffffffffffffffffffffffffffffffffffffff86166020830152611f64565b7f2520601d000000000000000000000000000000000000000000000000000000005f5260045ffd5b5090612125916120fe6120906110c1565b79ffffffffffffffffffffffffffffffffffffffffffffffffffff85166020830152611f64565b5f919056c65a7bb8d6351c1cf70c95a316cc6a92839c986682d98bc35f958f4883f9d2a7dec2bacdd2f05b59de34da9b523dff8be42e5e38e818c82fdb0bae774387a724",
}

// SottoToken is an auto generated Go binding around an Ethereum contract.
type SottoToken struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *SottoToken) GetABI() abi.ABI {
	return c.abi
}

// NewSottoToken creates a new instance of SottoToken.
func NewSottoToken() *SottoToken {
	parsed, err := SottoTokenMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &SottoToken{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *SottoToken) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address holder) returns()
func (sottoToken *SottoToken) PackConstructor(holder common.Address) []byte {
	enc, err := sottoToken.abi.Pack("", holder)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackCLOCKMODE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4bf5d7e9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function CLOCK_MODE() view returns(string)
func (sottoToken *SottoToken) PackCLOCKMODE() []byte {
	enc, err := sottoToken.abi.Pack("CLOCK_MODE")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCLOCKMODE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4bf5d7e9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function CLOCK_MODE() view returns(string)
func (sottoToken *SottoToken) TryPackCLOCKMODE() ([]byte, error) {
	return sottoToken.abi.Pack("CLOCK_MODE")
}

// UnpackCLOCKMODE is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4bf5d7e9.
//
// Solidity: function CLOCK_MODE() view returns(string)
func (sottoToken *SottoToken) UnpackCLOCKMODE(data []byte) (string, error) {
	out, err := sottoToken.abi.Unpack("CLOCK_MODE", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackDOMAINSEPARATOR is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3644e515.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function DOMAIN_SEPARATOR() view returns(bytes32)
func (sottoToken *SottoToken) PackDOMAINSEPARATOR() []byte {
	enc, err := sottoToken.abi.Pack("DOMAIN_SEPARATOR")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDOMAINSEPARATOR is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3644e515.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function DOMAIN_SEPARATOR() view returns(bytes32)
func (sottoToken *SottoToken) TryPackDOMAINSEPARATOR() ([]byte, error) {
	return sottoToken.abi.Pack("DOMAIN_SEPARATOR")
}

// UnpackDOMAINSEPARATOR is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3644e515.
//
// Solidity: function DOMAIN_SEPARATOR() view returns(bytes32)
func (sottoToken *SottoToken) UnpackDOMAINSEPARATOR(data []byte) ([32]byte, error) {
	out, err := sottoToken.abi.Unpack("DOMAIN_SEPARATOR", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackINITIALSUPPLY is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2ff2e9dc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function INITIAL_SUPPLY() view returns(uint256)
func (sottoToken *SottoToken) PackINITIALSUPPLY() []byte {
	enc, err := sottoToken.abi.Pack("INITIAL_SUPPLY")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackINITIALSUPPLY is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2ff2e9dc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function INITIAL_SUPPLY() view returns(uint256)
func (sottoToken *SottoToken) TryPackINITIALSUPPLY() ([]byte, error) {
	return sottoToken.abi.Pack("INITIAL_SUPPLY")
}

// UnpackINITIALSUPPLY is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2ff2e9dc.
//
// Solidity: function INITIAL_SUPPLY() view returns(uint256)
func (sottoToken *SottoToken) UnpackINITIALSUPPLY(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("INITIAL_SUPPLY", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackAllowance is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdd62ed3e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function allowance(address owner, address spender) view returns(uint256)
func (sottoToken *SottoToken) PackAllowance(owner common.Address, spender common.Address) []byte {
	enc, err := sottoToken.abi.Pack("allowance", owner, spender)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAllowance is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdd62ed3e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function allowance(address owner, address spender) view returns(uint256)
func (sottoToken *SottoToken) TryPackAllowance(owner common.Address, spender common.Address) ([]byte, error) {
	return sottoToken.abi.Pack("allowance", owner, spender)
}

// UnpackAllowance is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xdd62ed3e.
//
// Solidity: function allowance(address owner, address spender) view returns(uint256)
func (sottoToken *SottoToken) UnpackAllowance(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("allowance", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackApprove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x095ea7b3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function approve(address spender, uint256 value) returns(bool)
func (sottoToken *SottoToken) PackApprove(spender common.Address, value *big.Int) []byte {
	enc, err := sottoToken.abi.Pack("approve", spender, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackApprove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x095ea7b3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function approve(address spender, uint256 value) returns(bool)
func (sottoToken *SottoToken) TryPackApprove(spender common.Address, value *big.Int) ([]byte, error) {
	return sottoToken.abi.Pack("approve", spender, value)
}

// UnpackApprove is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x095ea7b3.
//
// Solidity: function approve(address spender, uint256 value) returns(bool)
func (sottoToken *SottoToken) UnpackApprove(data []byte) (bool, error) {
	out, err := sottoToken.abi.Unpack("approve", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackBalanceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70a08231.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function balanceOf(address account) view returns(uint256)
func (sottoToken *SottoToken) PackBalanceOf(account common.Address) []byte {
	enc, err := sottoToken.abi.Pack("balanceOf", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBalanceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70a08231.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function balanceOf(address account) view returns(uint256)
func (sottoToken *SottoToken) TryPackBalanceOf(account common.Address) ([]byte, error) {
	return sottoToken.abi.Pack("balanceOf", account)
}

// UnpackBalanceOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x70a08231.
//
// Solidity: function balanceOf(address account) view returns(uint256)
func (sottoToken *SottoToken) UnpackBalanceOf(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("balanceOf", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCheckpoints is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf1127ed8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function checkpoints(address account, uint32 pos) view returns((uint48,uint208))
func (sottoToken *SottoToken) PackCheckpoints(account common.Address, pos uint32) []byte {
	enc, err := sottoToken.abi.Pack("checkpoints", account, pos)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCheckpoints is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf1127ed8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function checkpoints(address account, uint32 pos) view returns((uint48,uint208))
func (sottoToken *SottoToken) TryPackCheckpoints(account common.Address, pos uint32) ([]byte, error) {
	return sottoToken.abi.Pack("checkpoints", account, pos)
}

// UnpackCheckpoints is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf1127ed8.
//
// Solidity: function checkpoints(address account, uint32 pos) view returns((uint48,uint208))
func (sottoToken *SottoToken) UnpackCheckpoints(data []byte) (CheckpointsCheckpoint208, error) {
	out, err := sottoToken.abi.Unpack("checkpoints", data)
	if err != nil {
		return *new(CheckpointsCheckpoint208), err
	}
	out0 := *abi.ConvertType(out[0], new(CheckpointsCheckpoint208)).(*CheckpointsCheckpoint208)
	return out0, nil
}

// PackClock is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x91ddadf4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function clock() view returns(uint48)
func (sottoToken *SottoToken) PackClock() []byte {
	enc, err := sottoToken.abi.Pack("clock")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClock is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x91ddadf4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function clock() view returns(uint48)
func (sottoToken *SottoToken) TryPackClock() ([]byte, error) {
	return sottoToken.abi.Pack("clock")
}

// UnpackClock is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x91ddadf4.
//
// Solidity: function clock() view returns(uint48)
func (sottoToken *SottoToken) UnpackClock(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("clock", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDecimals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x313ce567.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function decimals() view returns(uint8)
func (sottoToken *SottoToken) PackDecimals() []byte {
	enc, err := sottoToken.abi.Pack("decimals")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDecimals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x313ce567.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function decimals() view returns(uint8)
func (sottoToken *SottoToken) TryPackDecimals() ([]byte, error) {
	return sottoToken.abi.Pack("decimals")
}

// UnpackDecimals is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x313ce567.
//
// Solidity: function decimals() view returns(uint8)
func (sottoToken *SottoToken) UnpackDecimals(data []byte) (uint8, error) {
	out, err := sottoToken.abi.Unpack("decimals", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c19a95c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function delegate(address delegatee) returns()
func (sottoToken *SottoToken) PackDelegate(delegatee common.Address) []byte {
	enc, err := sottoToken.abi.Pack("delegate", delegatee)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c19a95c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function delegate(address delegatee) returns()
func (sottoToken *SottoToken) TryPackDelegate(delegatee common.Address) ([]byte, error) {
	return sottoToken.abi.Pack("delegate", delegatee)
}

// PackDelegateBySig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc3cda520.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s) returns()
func (sottoToken *SottoToken) PackDelegateBySig(delegatee common.Address, nonce *big.Int, expiry *big.Int, v uint8, r [32]byte, s [32]byte) []byte {
	enc, err := sottoToken.abi.Pack("delegateBySig", delegatee, nonce, expiry, v, r, s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDelegateBySig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc3cda520.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s) returns()
func (sottoToken *SottoToken) TryPackDelegateBySig(delegatee common.Address, nonce *big.Int, expiry *big.Int, v uint8, r [32]byte, s [32]byte) ([]byte, error) {
	return sottoToken.abi.Pack("delegateBySig", delegatee, nonce, expiry, v, r, s)
}

// PackDelegates is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x587cde1e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function delegates(address account) view returns(address)
func (sottoToken *SottoToken) PackDelegates(account common.Address) []byte {
	enc, err := sottoToken.abi.Pack("delegates", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDelegates is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x587cde1e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function delegates(address account) view returns(address)
func (sottoToken *SottoToken) TryPackDelegates(account common.Address) ([]byte, error) {
	return sottoToken.abi.Pack("delegates", account)
}

// UnpackDelegates is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x587cde1e.
//
// Solidity: function delegates(address account) view returns(address)
func (sottoToken *SottoToken) UnpackDelegates(data []byte) (common.Address, error) {
	out, err := sottoToken.abi.Unpack("delegates", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (sottoToken *SottoToken) PackEip712Domain() []byte {
	enc, err := sottoToken.abi.Pack("eip712Domain")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (sottoToken *SottoToken) TryPackEip712Domain() ([]byte, error) {
	return sottoToken.abi.Pack("eip712Domain")
}

// Eip712DomainOutput serves as a container for the return parameters of contract
// method Eip712Domain.
type Eip712DomainOutput struct {
	Fields            [1]byte
	Name              string
	Version           string
	ChainId           *big.Int
	VerifyingContract common.Address
	Salt              [32]byte
	Extensions        []*big.Int
}

// UnpackEip712Domain is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x84b0196e.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (sottoToken *SottoToken) UnpackEip712Domain(data []byte) (Eip712DomainOutput, error) {
	out, err := sottoToken.abi.Unpack("eip712Domain", data)
	outstruct := new(Eip712DomainOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Fields = *abi.ConvertType(out[0], new([1]byte)).(*[1]byte)
	outstruct.Name = *abi.ConvertType(out[1], new(string)).(*string)
	outstruct.Version = *abi.ConvertType(out[2], new(string)).(*string)
	outstruct.ChainId = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.VerifyingContract = *abi.ConvertType(out[4], new(common.Address)).(*common.Address)
	outstruct.Salt = *abi.ConvertType(out[5], new([32]byte)).(*[32]byte)
	outstruct.Extensions = *abi.ConvertType(out[6], new([]*big.Int)).(*[]*big.Int)
	return *outstruct, nil
}

// PackGetPastTotalSupply is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8e539e8c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getPastTotalSupply(uint256 timepoint) view returns(uint256)
func (sottoToken *SottoToken) PackGetPastTotalSupply(timepoint *big.Int) []byte {
	enc, err := sottoToken.abi.Pack("getPastTotalSupply", timepoint)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetPastTotalSupply is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8e539e8c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getPastTotalSupply(uint256 timepoint) view returns(uint256)
func (sottoToken *SottoToken) TryPackGetPastTotalSupply(timepoint *big.Int) ([]byte, error) {
	return sottoToken.abi.Pack("getPastTotalSupply", timepoint)
}

// UnpackGetPastTotalSupply is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8e539e8c.
//
// Solidity: function getPastTotalSupply(uint256 timepoint) view returns(uint256)
func (sottoToken *SottoToken) UnpackGetPastTotalSupply(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("getPastTotalSupply", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackGetPastVotes is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a46b1a8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getPastVotes(address account, uint256 timepoint) view returns(uint256)
func (sottoToken *SottoToken) PackGetPastVotes(account common.Address, timepoint *big.Int) []byte {
	enc, err := sottoToken.abi.Pack("getPastVotes", account, timepoint)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetPastVotes is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a46b1a8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getPastVotes(address account, uint256 timepoint) view returns(uint256)
func (sottoToken *SottoToken) TryPackGetPastVotes(account common.Address, timepoint *big.Int) ([]byte, error) {
	return sottoToken.abi.Pack("getPastVotes", account, timepoint)
}

// UnpackGetPastVotes is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3a46b1a8.
//
// Solidity: function getPastVotes(address account, uint256 timepoint) view returns(uint256)
func (sottoToken *SottoToken) UnpackGetPastVotes(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("getPastVotes", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackGetVotes is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9ab24eb0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getVotes(address account) view returns(uint256)
func (sottoToken *SottoToken) PackGetVotes(account common.Address) []byte {
	enc, err := sottoToken.abi.Pack("getVotes", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetVotes is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9ab24eb0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getVotes(address account) view returns(uint256)
func (sottoToken *SottoToken) TryPackGetVotes(account common.Address) ([]byte, error) {
	return sottoToken.abi.Pack("getVotes", account)
}

// UnpackGetVotes is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9ab24eb0.
//
// Solidity: function getVotes(address account) view returns(uint256)
func (sottoToken *SottoToken) UnpackGetVotes(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("getVotes", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackName is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06fdde03.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function name() view returns(string)
func (sottoToken *SottoToken) PackName() []byte {
	enc, err := sottoToken.abi.Pack("name")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackName is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06fdde03.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function name() view returns(string)
func (sottoToken *SottoToken) TryPackName() ([]byte, error) {
	return sottoToken.abi.Pack("name")
}

// UnpackName is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x06fdde03.
//
// Solidity: function name() view returns(string)
func (sottoToken *SottoToken) UnpackName(data []byte) (string, error) {
	out, err := sottoToken.abi.Unpack("name", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackNonces is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ecebe00.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nonces(address owner) view returns(uint256)
func (sottoToken *SottoToken) PackNonces(owner common.Address) []byte {
	enc, err := sottoToken.abi.Pack("nonces", owner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNonces is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ecebe00.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nonces(address owner) view returns(uint256)
func (sottoToken *SottoToken) TryPackNonces(owner common.Address) ([]byte, error) {
	return sottoToken.abi.Pack("nonces", owner)
}

// UnpackNonces is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7ecebe00.
//
// Solidity: function nonces(address owner) view returns(uint256)
func (sottoToken *SottoToken) UnpackNonces(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("nonces", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackNumCheckpoints is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6fcfff45.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function numCheckpoints(address account) view returns(uint32)
func (sottoToken *SottoToken) PackNumCheckpoints(account common.Address) []byte {
	enc, err := sottoToken.abi.Pack("numCheckpoints", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNumCheckpoints is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6fcfff45.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function numCheckpoints(address account) view returns(uint32)
func (sottoToken *SottoToken) TryPackNumCheckpoints(account common.Address) ([]byte, error) {
	return sottoToken.abi.Pack("numCheckpoints", account)
}

// UnpackNumCheckpoints is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6fcfff45.
//
// Solidity: function numCheckpoints(address account) view returns(uint32)
func (sottoToken *SottoToken) UnpackNumCheckpoints(data []byte) (uint32, error) {
	out, err := sottoToken.abi.Unpack("numCheckpoints", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackPermit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd505accf.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) returns()
func (sottoToken *SottoToken) PackPermit(owner common.Address, spender common.Address, value *big.Int, deadline *big.Int, v uint8, r [32]byte, s [32]byte) []byte {
	enc, err := sottoToken.abi.Pack("permit", owner, spender, value, deadline, v, r, s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPermit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd505accf.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) returns()
func (sottoToken *SottoToken) TryPackPermit(owner common.Address, spender common.Address, value *big.Int, deadline *big.Int, v uint8, r [32]byte, s [32]byte) ([]byte, error) {
	return sottoToken.abi.Pack("permit", owner, spender, value, deadline, v, r, s)
}

// PackSymbol is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x95d89b41.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function symbol() view returns(string)
func (sottoToken *SottoToken) PackSymbol() []byte {
	enc, err := sottoToken.abi.Pack("symbol")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSymbol is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x95d89b41.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function symbol() view returns(string)
func (sottoToken *SottoToken) TryPackSymbol() ([]byte, error) {
	return sottoToken.abi.Pack("symbol")
}

// UnpackSymbol is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x95d89b41.
//
// Solidity: function symbol() view returns(string)
func (sottoToken *SottoToken) UnpackSymbol(data []byte) (string, error) {
	out, err := sottoToken.abi.Unpack("symbol", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackTotalSupply is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18160ddd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function totalSupply() view returns(uint256)
func (sottoToken *SottoToken) PackTotalSupply() []byte {
	enc, err := sottoToken.abi.Pack("totalSupply")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTotalSupply is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18160ddd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function totalSupply() view returns(uint256)
func (sottoToken *SottoToken) TryPackTotalSupply() ([]byte, error) {
	return sottoToken.abi.Pack("totalSupply")
}

// UnpackTotalSupply is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x18160ddd.
//
// Solidity: function totalSupply() view returns(uint256)
func (sottoToken *SottoToken) UnpackTotalSupply(data []byte) (*big.Int, error) {
	out, err := sottoToken.abi.Unpack("totalSupply", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9059cbb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (sottoToken *SottoToken) PackTransfer(to common.Address, value *big.Int) []byte {
	enc, err := sottoToken.abi.Pack("transfer", to, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9059cbb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (sottoToken *SottoToken) TryPackTransfer(to common.Address, value *big.Int) ([]byte, error) {
	return sottoToken.abi.Pack("transfer", to, value)
}

// UnpackTransfer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa9059cbb.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (sottoToken *SottoToken) UnpackTransfer(data []byte) (bool, error) {
	out, err := sottoToken.abi.Unpack("transfer", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackTransferFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x23b872dd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferFrom(address from, address to, uint256 value) returns(bool)
func (sottoToken *SottoToken) PackTransferFrom(from common.Address, to common.Address, value *big.Int) []byte {
	enc, err := sottoToken.abi.Pack("transferFrom", from, to, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x23b872dd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferFrom(address from, address to, uint256 value) returns(bool)
func (sottoToken *SottoToken) TryPackTransferFrom(from common.Address, to common.Address, value *big.Int) ([]byte, error) {
	return sottoToken.abi.Pack("transferFrom", from, to, value)
}

// UnpackTransferFrom is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x23b872dd.
//
// Solidity: function transferFrom(address from, address to, uint256 value) returns(bool)
func (sottoToken *SottoToken) UnpackTransferFrom(data []byte) (bool, error) {
	out, err := sottoToken.abi.Unpack("transferFrom", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// SottoTokenApproval represents a Approval event raised by the SottoToken contract.
type SottoTokenApproval struct {
	Owner   common.Address
	Spender common.Address
	Value   *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const SottoTokenApprovalEventName = "Approval"

// ContractEventName returns the user-defined event name.
func (SottoTokenApproval) ContractEventName() string {
	return SottoTokenApprovalEventName
}

// UnpackApprovalEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Approval(address indexed owner, address indexed spender, uint256 value)
func (sottoToken *SottoToken) UnpackApprovalEvent(log *types.Log) (*SottoTokenApproval, error) {
	event := "Approval"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != sottoToken.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(SottoTokenApproval)
	if len(log.Data) > 0 {
		if err := sottoToken.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range sottoToken.abi.Events[event].Inputs {
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

// SottoTokenDelegateChanged represents a DelegateChanged event raised by the SottoToken contract.
type SottoTokenDelegateChanged struct {
	Delegator    common.Address
	FromDelegate common.Address
	ToDelegate   common.Address
	Raw          *types.Log // Blockchain specific contextual infos
}

const SottoTokenDelegateChangedEventName = "DelegateChanged"

// ContractEventName returns the user-defined event name.
func (SottoTokenDelegateChanged) ContractEventName() string {
	return SottoTokenDelegateChangedEventName
}

// UnpackDelegateChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate)
func (sottoToken *SottoToken) UnpackDelegateChangedEvent(log *types.Log) (*SottoTokenDelegateChanged, error) {
	event := "DelegateChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != sottoToken.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(SottoTokenDelegateChanged)
	if len(log.Data) > 0 {
		if err := sottoToken.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range sottoToken.abi.Events[event].Inputs {
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

// SottoTokenDelegateVotesChanged represents a DelegateVotesChanged event raised by the SottoToken contract.
type SottoTokenDelegateVotesChanged struct {
	Delegate      common.Address
	PreviousVotes *big.Int
	NewVotes      *big.Int
	Raw           *types.Log // Blockchain specific contextual infos
}

const SottoTokenDelegateVotesChangedEventName = "DelegateVotesChanged"

// ContractEventName returns the user-defined event name.
func (SottoTokenDelegateVotesChanged) ContractEventName() string {
	return SottoTokenDelegateVotesChangedEventName
}

// UnpackDelegateVotesChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes)
func (sottoToken *SottoToken) UnpackDelegateVotesChangedEvent(log *types.Log) (*SottoTokenDelegateVotesChanged, error) {
	event := "DelegateVotesChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != sottoToken.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(SottoTokenDelegateVotesChanged)
	if len(log.Data) > 0 {
		if err := sottoToken.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range sottoToken.abi.Events[event].Inputs {
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

// SottoTokenEIP712DomainChanged represents a EIP712DomainChanged event raised by the SottoToken contract.
type SottoTokenEIP712DomainChanged struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const SottoTokenEIP712DomainChangedEventName = "EIP712DomainChanged"

// ContractEventName returns the user-defined event name.
func (SottoTokenEIP712DomainChanged) ContractEventName() string {
	return SottoTokenEIP712DomainChangedEventName
}

// UnpackEIP712DomainChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event EIP712DomainChanged()
func (sottoToken *SottoToken) UnpackEIP712DomainChangedEvent(log *types.Log) (*SottoTokenEIP712DomainChanged, error) {
	event := "EIP712DomainChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != sottoToken.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(SottoTokenEIP712DomainChanged)
	if len(log.Data) > 0 {
		if err := sottoToken.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range sottoToken.abi.Events[event].Inputs {
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

// SottoTokenTransfer represents a Transfer event raised by the SottoToken contract.
type SottoTokenTransfer struct {
	From  common.Address
	To    common.Address
	Value *big.Int
	Raw   *types.Log // Blockchain specific contextual infos
}

const SottoTokenTransferEventName = "Transfer"

// ContractEventName returns the user-defined event name.
func (SottoTokenTransfer) ContractEventName() string {
	return SottoTokenTransferEventName
}

// UnpackTransferEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Transfer(address indexed from, address indexed to, uint256 value)
func (sottoToken *SottoToken) UnpackTransferEvent(log *types.Log) (*SottoTokenTransfer, error) {
	event := "Transfer"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != sottoToken.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(SottoTokenTransfer)
	if len(log.Data) > 0 {
		if err := sottoToken.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range sottoToken.abi.Events[event].Inputs {
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
func (sottoToken *SottoToken) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["CheckpointUnorderedInsertion"].ID.Bytes()[:4]) {
		return sottoToken.UnpackCheckpointUnorderedInsertionError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ECDSAInvalidSignature"].ID.Bytes()[:4]) {
		return sottoToken.UnpackECDSAInvalidSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ECDSAInvalidSignatureLength"].ID.Bytes()[:4]) {
		return sottoToken.UnpackECDSAInvalidSignatureLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ECDSAInvalidSignatureS"].ID.Bytes()[:4]) {
		return sottoToken.UnpackECDSAInvalidSignatureSError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC20ExceededSafeSupply"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC20ExceededSafeSupplyError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC20InsufficientAllowance"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC20InsufficientAllowanceError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC20InsufficientBalance"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC20InsufficientBalanceError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC20InvalidApprover"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC20InvalidApproverError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC20InvalidReceiver"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC20InvalidReceiverError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC20InvalidSender"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC20InvalidSenderError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC20InvalidSpender"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC20InvalidSpenderError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC2612ExpiredSignature"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC2612ExpiredSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC2612InvalidSigner"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC2612InvalidSignerError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC5805FutureLookup"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC5805FutureLookupError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["ERC6372InconsistentClock"].ID.Bytes()[:4]) {
		return sottoToken.UnpackERC6372InconsistentClockError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["InvalidAccountNonce"].ID.Bytes()[:4]) {
		return sottoToken.UnpackInvalidAccountNonceError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["InvalidShortString"].ID.Bytes()[:4]) {
		return sottoToken.UnpackInvalidShortStringError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["SafeCastOverflowedUintDowncast"].ID.Bytes()[:4]) {
		return sottoToken.UnpackSafeCastOverflowedUintDowncastError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["StringTooLong"].ID.Bytes()[:4]) {
		return sottoToken.UnpackStringTooLongError(raw[4:])
	}
	if bytes.Equal(raw[:4], sottoToken.abi.Errors["VotesExpiredSignature"].ID.Bytes()[:4]) {
		return sottoToken.UnpackVotesExpiredSignatureError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// SottoTokenCheckpointUnorderedInsertion represents a CheckpointUnorderedInsertion error raised by the SottoToken contract.
type SottoTokenCheckpointUnorderedInsertion struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CheckpointUnorderedInsertion()
func SottoTokenCheckpointUnorderedInsertionErrorID() common.Hash {
	return common.HexToHash("0x2520601d9d60b717c34a36ad270857824c5a1ebbfd08ff39aba6930089495cfa")
}

// UnpackCheckpointUnorderedInsertionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CheckpointUnorderedInsertion()
func (sottoToken *SottoToken) UnpackCheckpointUnorderedInsertionError(raw []byte) (*SottoTokenCheckpointUnorderedInsertion, error) {
	out := new(SottoTokenCheckpointUnorderedInsertion)
	if err := sottoToken.abi.UnpackIntoInterface(out, "CheckpointUnorderedInsertion", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenECDSAInvalidSignature represents a ECDSAInvalidSignature error raised by the SottoToken contract.
type SottoTokenECDSAInvalidSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ECDSAInvalidSignature()
func SottoTokenECDSAInvalidSignatureErrorID() common.Hash {
	return common.HexToHash("0xf645eedf0193584640b6b90cb9477e4c95b98636c148a891d4c0a146dc46e75a")
}

// UnpackECDSAInvalidSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ECDSAInvalidSignature()
func (sottoToken *SottoToken) UnpackECDSAInvalidSignatureError(raw []byte) (*SottoTokenECDSAInvalidSignature, error) {
	out := new(SottoTokenECDSAInvalidSignature)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ECDSAInvalidSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenECDSAInvalidSignatureLength represents a ECDSAInvalidSignatureLength error raised by the SottoToken contract.
type SottoTokenECDSAInvalidSignatureLength struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ECDSAInvalidSignatureLength(uint256 length)
func SottoTokenECDSAInvalidSignatureLengthErrorID() common.Hash {
	return common.HexToHash("0xfce698f7e8e5342cd615f641317bc45fe7e1e4a8b0a14dd1383ff8dc9c41917f")
}

// UnpackECDSAInvalidSignatureLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ECDSAInvalidSignatureLength(uint256 length)
func (sottoToken *SottoToken) UnpackECDSAInvalidSignatureLengthError(raw []byte) (*SottoTokenECDSAInvalidSignatureLength, error) {
	out := new(SottoTokenECDSAInvalidSignatureLength)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ECDSAInvalidSignatureLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenECDSAInvalidSignatureS represents a ECDSAInvalidSignatureS error raised by the SottoToken contract.
type SottoTokenECDSAInvalidSignatureS struct {
	S [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ECDSAInvalidSignatureS(bytes32 s)
func SottoTokenECDSAInvalidSignatureSErrorID() common.Hash {
	return common.HexToHash("0xd78bce0cccb935155ed6428d1c13e50b7f3550fd2b66b9fe266006fea4a5e1eb")
}

// UnpackECDSAInvalidSignatureSError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ECDSAInvalidSignatureS(bytes32 s)
func (sottoToken *SottoToken) UnpackECDSAInvalidSignatureSError(raw []byte) (*SottoTokenECDSAInvalidSignatureS, error) {
	out := new(SottoTokenECDSAInvalidSignatureS)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ECDSAInvalidSignatureS", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC20ExceededSafeSupply represents a ERC20ExceededSafeSupply error raised by the SottoToken contract.
type SottoTokenERC20ExceededSafeSupply struct {
	IncreasedSupply *big.Int
	Cap             *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20ExceededSafeSupply(uint256 increasedSupply, uint256 cap)
func SottoTokenERC20ExceededSafeSupplyErrorID() common.Hash {
	return common.HexToHash("0x1cb15d26dea6ae78228522d00b5965f950275bea9a67abeec04cb99806defd4c")
}

// UnpackERC20ExceededSafeSupplyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20ExceededSafeSupply(uint256 increasedSupply, uint256 cap)
func (sottoToken *SottoToken) UnpackERC20ExceededSafeSupplyError(raw []byte) (*SottoTokenERC20ExceededSafeSupply, error) {
	out := new(SottoTokenERC20ExceededSafeSupply)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC20ExceededSafeSupply", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC20InsufficientAllowance represents a ERC20InsufficientAllowance error raised by the SottoToken contract.
type SottoTokenERC20InsufficientAllowance struct {
	Spender   common.Address
	Allowance *big.Int
	Needed    *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)
func SottoTokenERC20InsufficientAllowanceErrorID() common.Hash {
	return common.HexToHash("0xfb8f41b23e99d2101d86da76cdfa87dd51c82ed07d3cb62cbc473e469dbc75c3")
}

// UnpackERC20InsufficientAllowanceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)
func (sottoToken *SottoToken) UnpackERC20InsufficientAllowanceError(raw []byte) (*SottoTokenERC20InsufficientAllowance, error) {
	out := new(SottoTokenERC20InsufficientAllowance)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC20InsufficientAllowance", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC20InsufficientBalance represents a ERC20InsufficientBalance error raised by the SottoToken contract.
type SottoTokenERC20InsufficientBalance struct {
	Sender  common.Address
	Balance *big.Int
	Needed  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)
func SottoTokenERC20InsufficientBalanceErrorID() common.Hash {
	return common.HexToHash("0xe450d38cd8d9f7d95077d567d60ed49c7254716e6ad08fc9872816c97e0ffec6")
}

// UnpackERC20InsufficientBalanceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)
func (sottoToken *SottoToken) UnpackERC20InsufficientBalanceError(raw []byte) (*SottoTokenERC20InsufficientBalance, error) {
	out := new(SottoTokenERC20InsufficientBalance)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC20InsufficientBalance", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC20InvalidApprover represents a ERC20InvalidApprover error raised by the SottoToken contract.
type SottoTokenERC20InvalidApprover struct {
	Approver common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidApprover(address approver)
func SottoTokenERC20InvalidApproverErrorID() common.Hash {
	return common.HexToHash("0xe602df05cc75712490294c6c104ab7c17f4030363910a7a2626411c6d3118847")
}

// UnpackERC20InvalidApproverError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidApprover(address approver)
func (sottoToken *SottoToken) UnpackERC20InvalidApproverError(raw []byte) (*SottoTokenERC20InvalidApprover, error) {
	out := new(SottoTokenERC20InvalidApprover)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC20InvalidApprover", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC20InvalidReceiver represents a ERC20InvalidReceiver error raised by the SottoToken contract.
type SottoTokenERC20InvalidReceiver struct {
	Receiver common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidReceiver(address receiver)
func SottoTokenERC20InvalidReceiverErrorID() common.Hash {
	return common.HexToHash("0xec442f055133b72f3b2f9f0bb351c406b178527de2040a7d1feb4e058771f613")
}

// UnpackERC20InvalidReceiverError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidReceiver(address receiver)
func (sottoToken *SottoToken) UnpackERC20InvalidReceiverError(raw []byte) (*SottoTokenERC20InvalidReceiver, error) {
	out := new(SottoTokenERC20InvalidReceiver)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC20InvalidReceiver", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC20InvalidSender represents a ERC20InvalidSender error raised by the SottoToken contract.
type SottoTokenERC20InvalidSender struct {
	Sender common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidSender(address sender)
func SottoTokenERC20InvalidSenderErrorID() common.Hash {
	return common.HexToHash("0x96c6fd1edd0cd6ef7ff0ecc0facdf53148dc0048b57fe58af65755250a7a96bd")
}

// UnpackERC20InvalidSenderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidSender(address sender)
func (sottoToken *SottoToken) UnpackERC20InvalidSenderError(raw []byte) (*SottoTokenERC20InvalidSender, error) {
	out := new(SottoTokenERC20InvalidSender)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC20InvalidSender", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC20InvalidSpender represents a ERC20InvalidSpender error raised by the SottoToken contract.
type SottoTokenERC20InvalidSpender struct {
	Spender common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidSpender(address spender)
func SottoTokenERC20InvalidSpenderErrorID() common.Hash {
	return common.HexToHash("0x94280d62c347d8d9f4d59a76ea321452406db88df38e0c9da304f58b57b373a2")
}

// UnpackERC20InvalidSpenderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidSpender(address spender)
func (sottoToken *SottoToken) UnpackERC20InvalidSpenderError(raw []byte) (*SottoTokenERC20InvalidSpender, error) {
	out := new(SottoTokenERC20InvalidSpender)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC20InvalidSpender", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC2612ExpiredSignature represents a ERC2612ExpiredSignature error raised by the SottoToken contract.
type SottoTokenERC2612ExpiredSignature struct {
	Deadline *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC2612ExpiredSignature(uint256 deadline)
func SottoTokenERC2612ExpiredSignatureErrorID() common.Hash {
	return common.HexToHash("0x627913023c184eaad13735d5a3d2657ae76ec9a872a70e0fc57522ef1a114d58")
}

// UnpackERC2612ExpiredSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC2612ExpiredSignature(uint256 deadline)
func (sottoToken *SottoToken) UnpackERC2612ExpiredSignatureError(raw []byte) (*SottoTokenERC2612ExpiredSignature, error) {
	out := new(SottoTokenERC2612ExpiredSignature)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC2612ExpiredSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC2612InvalidSigner represents a ERC2612InvalidSigner error raised by the SottoToken contract.
type SottoTokenERC2612InvalidSigner struct {
	Signer common.Address
	Owner  common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC2612InvalidSigner(address signer, address owner)
func SottoTokenERC2612InvalidSignerErrorID() common.Hash {
	return common.HexToHash("0x4b800e463b323b1d856edf9dec70329a639d13874a57f5c28219ff57128756db")
}

// UnpackERC2612InvalidSignerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC2612InvalidSigner(address signer, address owner)
func (sottoToken *SottoToken) UnpackERC2612InvalidSignerError(raw []byte) (*SottoTokenERC2612InvalidSigner, error) {
	out := new(SottoTokenERC2612InvalidSigner)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC2612InvalidSigner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC5805FutureLookup represents a ERC5805FutureLookup error raised by the SottoToken contract.
type SottoTokenERC5805FutureLookup struct {
	Timepoint *big.Int
	Clock     *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC5805FutureLookup(uint256 timepoint, uint48 clock)
func SottoTokenERC5805FutureLookupErrorID() common.Hash {
	return common.HexToHash("0xecd3f81ef0a2e77b4e11bb288f0a162344834f778af7e47bdbee611607f14457")
}

// UnpackERC5805FutureLookupError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC5805FutureLookup(uint256 timepoint, uint48 clock)
func (sottoToken *SottoToken) UnpackERC5805FutureLookupError(raw []byte) (*SottoTokenERC5805FutureLookup, error) {
	out := new(SottoTokenERC5805FutureLookup)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC5805FutureLookup", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenERC6372InconsistentClock represents a ERC6372InconsistentClock error raised by the SottoToken contract.
type SottoTokenERC6372InconsistentClock struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC6372InconsistentClock()
func SottoTokenERC6372InconsistentClockErrorID() common.Hash {
	return common.HexToHash("0x6ff07140ae905cb0f8e72fb38f5dd8e756c387b0065be0e1bf85bd0621a43dc7")
}

// UnpackERC6372InconsistentClockError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC6372InconsistentClock()
func (sottoToken *SottoToken) UnpackERC6372InconsistentClockError(raw []byte) (*SottoTokenERC6372InconsistentClock, error) {
	out := new(SottoTokenERC6372InconsistentClock)
	if err := sottoToken.abi.UnpackIntoInterface(out, "ERC6372InconsistentClock", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenInvalidAccountNonce represents a InvalidAccountNonce error raised by the SottoToken contract.
type SottoTokenInvalidAccountNonce struct {
	Account      common.Address
	CurrentNonce *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidAccountNonce(address account, uint256 currentNonce)
func SottoTokenInvalidAccountNonceErrorID() common.Hash {
	return common.HexToHash("0x752d88c0de02638abf10e8e31861e4c68dc1f3a1e7d840e580683f2c282bfc7a")
}

// UnpackInvalidAccountNonceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidAccountNonce(address account, uint256 currentNonce)
func (sottoToken *SottoToken) UnpackInvalidAccountNonceError(raw []byte) (*SottoTokenInvalidAccountNonce, error) {
	out := new(SottoTokenInvalidAccountNonce)
	if err := sottoToken.abi.UnpackIntoInterface(out, "InvalidAccountNonce", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenInvalidShortString represents a InvalidShortString error raised by the SottoToken contract.
type SottoTokenInvalidShortString struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidShortString()
func SottoTokenInvalidShortStringErrorID() common.Hash {
	return common.HexToHash("0xb3512b0c6163e5f0bafab72bb631b9d58cd7a731b082f910338aa21c83d5c274")
}

// UnpackInvalidShortStringError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidShortString()
func (sottoToken *SottoToken) UnpackInvalidShortStringError(raw []byte) (*SottoTokenInvalidShortString, error) {
	out := new(SottoTokenInvalidShortString)
	if err := sottoToken.abi.UnpackIntoInterface(out, "InvalidShortString", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenSafeCastOverflowedUintDowncast represents a SafeCastOverflowedUintDowncast error raised by the SottoToken contract.
type SottoTokenSafeCastOverflowedUintDowncast struct {
	Bits  uint8
	Value *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func SottoTokenSafeCastOverflowedUintDowncastErrorID() common.Hash {
	return common.HexToHash("0x6dfcc6503a32754ce7a89698e18201fc5294fd4aad43edefee786f88423b1a12")
}

// UnpackSafeCastOverflowedUintDowncastError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func (sottoToken *SottoToken) UnpackSafeCastOverflowedUintDowncastError(raw []byte) (*SottoTokenSafeCastOverflowedUintDowncast, error) {
	out := new(SottoTokenSafeCastOverflowedUintDowncast)
	if err := sottoToken.abi.UnpackIntoInterface(out, "SafeCastOverflowedUintDowncast", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenStringTooLong represents a StringTooLong error raised by the SottoToken contract.
type SottoTokenStringTooLong struct {
	Str string
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error StringTooLong(string str)
func SottoTokenStringTooLongErrorID() common.Hash {
	return common.HexToHash("0x305a27a93f8e33b7392df0a0f91d6fc63847395853c45991eec52dbf24d72381")
}

// UnpackStringTooLongError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error StringTooLong(string str)
func (sottoToken *SottoToken) UnpackStringTooLongError(raw []byte) (*SottoTokenStringTooLong, error) {
	out := new(SottoTokenStringTooLong)
	if err := sottoToken.abi.UnpackIntoInterface(out, "StringTooLong", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// SottoTokenVotesExpiredSignature represents a VotesExpiredSignature error raised by the SottoToken contract.
type SottoTokenVotesExpiredSignature struct {
	Expiry *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error VotesExpiredSignature(uint256 expiry)
func SottoTokenVotesExpiredSignatureErrorID() common.Hash {
	return common.HexToHash("0x4683af0ecae671986a1b991272ba6e7bcb633f179b33ccfb3beb636962b1efde")
}

// UnpackVotesExpiredSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error VotesExpiredSignature(uint256 expiry)
func (sottoToken *SottoToken) UnpackVotesExpiredSignatureError(raw []byte) (*SottoTokenVotesExpiredSignature, error) {
	out := new(SottoTokenVotesExpiredSignature)
	if err := sottoToken.abi.UnpackIntoInterface(out, "VotesExpiredSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}
