// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package registry

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

// RegistryMemberKeys is an auto generated low-level Go binding around an user-defined struct.
type RegistryMemberKeys struct {
	Identity    common.Address
	HpkeKeyHash [32]byte
	DkgKeyHash  [32]byte
}

// RegistryProposal is an auto generated low-level Go binding around an user-defined struct.
type RegistryProposal struct {
	Epoch      uint64
	Members    []RegistryMemberKeys
	GroupKey   []byte
	Transcript [32]byte
}

// RegistryMetaData contains all meta data concerning the Registry contract.
var RegistryMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"token_\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"stake_\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"owner_\",\"type\":\"address\"},{\"internalType\":\"contractRounds\",\"name\":\"rounds_\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"replacementDelay_\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"exitDelay_\",\"type\":\"uint64\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"AlreadyRegistered\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"}],\"name\":\"CommitteeExists\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"}],\"name\":\"CommitteeSize\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"ConfirmationCount\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"}],\"name\":\"DuplicateIdentity\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"IdentityKey\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"IdentitySignature\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidPoint\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"KeyLength\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoCommittee\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"member\",\"type\":\"uint256\"}],\"name\":\"NoIdentity\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"current\",\"type\":\"uint64\"}],\"name\":\"NoSuchEpoch\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"NominatedSize\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"NotLeaving\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"member\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"got\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"want\",\"type\":\"address\"}],\"name\":\"NotNominated\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"NotRegistered\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"got\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"want\",\"type\":\"bytes32\"}],\"name\":\"NotScheduled\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotWritten\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"OwnableInvalidOwner\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"OwnableUnauthorizedAccount\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"PrecompileMissing\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"SafeERC20FailedOperation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"SignatureLength\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"time\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"from\",\"type\":\"uint256\"}],\"name\":\"TooEarly\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"member\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"got\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"want\",\"type\":\"address\"}],\"name\":\"WrongConfirmation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"got\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"want\",\"type\":\"uint64\"}],\"name\":\"WrongEpoch\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"keyListHash\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"indexed\":false,\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"}],\"name\":\"CommitteeInstalled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"address[]\",\"name\":\"identities\",\"type\":\"address[]\"}],\"name\":\"CommitteeNominated\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"ContributorLeft\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"ContributorRegistered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"previousOwner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"OwnershipTransferStarted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"previousOwner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"OwnershipTransferred\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"proposalHash\",\"type\":\"bytes32\"}],\"name\":\"ReplacementCancelled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"proposalHash\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"from\",\"type\":\"uint256\"}],\"name\":\"ReplacementScheduled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"StakeWithdrawn\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"acceptOwnership\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"cancelReplacement\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"epoch_\",\"type\":\"uint64\"}],\"name\":\"committee\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"keyListHash\",\"type\":\"bytes32\"},{\"internalType\":\"uint8\",\"name\":\"members\",\"type\":\"uint8\"},{\"internalType\":\"uint64\",\"name\":\"installed\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"groupKeyHash\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"},{\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.Proposal\",\"name\":\"proposal\",\"type\":\"tuple\"}],\"name\":\"confirmationDigest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"contributorCount\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"current\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"address\",\"name\":\"keyStore\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"epoch\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"},{\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.Proposal\",\"name\":\"proposal\",\"type\":\"tuple\"},{\"internalType\":\"bytes\",\"name\":\"possession\",\"type\":\"bytes\"},{\"internalType\":\"bytes[]\",\"name\":\"confirmations\",\"type\":\"bytes[]\"}],\"name\":\"executeReplacement\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"exitDelay\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"epoch_\",\"type\":\"uint64\"}],\"name\":\"groupKey\",\"outputs\":[{\"internalType\":\"bytes\",\"name\":\"\",\"type\":\"bytes\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"}],\"name\":\"hashKeyList\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"},{\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.Proposal\",\"name\":\"proposal\",\"type\":\"tuple\"},{\"internalType\":\"bytes\",\"name\":\"possession\",\"type\":\"bytes\"},{\"internalType\":\"bytes[]\",\"name\":\"confirmations\",\"type\":\"bytes[]\"}],\"name\":\"installCommittee\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"isRegistered\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address[]\",\"name\":\"identities\",\"type\":\"address[]\"}],\"name\":\"nominate\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"nominated\",\"outputs\":[{\"internalType\":\"address[]\",\"name\":\"\",\"type\":\"address[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"pendingOwner\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"},{\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.Proposal\",\"name\":\"proposal\",\"type\":\"tuple\"}],\"name\":\"possessionMessage\",\"outputs\":[{\"internalType\":\"bytes\",\"name\":\"\",\"type\":\"bytes\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"},{\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.Proposal\",\"name\":\"proposal\",\"type\":\"tuple\"}],\"name\":\"proposalHash\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"register\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"deadline\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"v\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"s\",\"type\":\"bytes32\"}],\"name\":\"registerWithPermit\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"renounceOwnership\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"replacement\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"replacementDelay\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"replacementFrom\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"requestExit\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"},{\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.Proposal\",\"name\":\"proposal\",\"type\":\"tuple\"},{\"internalType\":\"bytes\",\"name\":\"possession\",\"type\":\"bytes\"},{\"internalType\":\"bytes[]\",\"name\":\"confirmations\",\"type\":\"bytes[]\"},{\"internalType\":\"bytes\",\"name\":\"oldSignature\",\"type\":\"bytes\"}],\"name\":\"rotateCommittee\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"identity\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"hpkeKeyHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"dkgKeyHash\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.MemberKeys[]\",\"name\":\"members\",\"type\":\"tuple[]\"},{\"internalType\":\"bytes\",\"name\":\"groupKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"transcript\",\"type\":\"bytes32\"}],\"internalType\":\"structRegistry.Proposal\",\"name\":\"proposal\",\"type\":\"tuple\"}],\"name\":\"rotationMessage\",\"outputs\":[{\"internalType\":\"bytes\",\"name\":\"\",\"type\":\"bytes\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"rounds\",\"outputs\":[{\"internalType\":\"contractRounds\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"name\":\"scheduleReplacement\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"stake\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"token\",\"outputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"transferOwnership\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"withdraw\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"withdrawableFrom\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "Registry",
	Bin: "0x6101203461019057601f612f8238819003918201601f19168301916001600160401b038311848410176101945780849260c0946040528339810103126101905780516001600160a01b038116810361019057602082015160408301516001600160a01b038116939190849003610190576060820151906001600160a01b03821682036101905761009d60a0610096608086016101a8565b94016101a8565b93851561017d57600180546001600160a01b03199081169091555f80549182168817815560405197916001600160a01b0316907f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e09080a360805260a05260c05260e05261010052612dc590816101bd82396080518181816101c7015281816102250152818161101301526118f1015260a05181818161028c01528181610fc601528181611155015261193e015260c0518181816108d10152611ee8015260e051818181610453015261067d015261010051818181610c0001526111ce0152f35b631e4fbdf760e01b5f525f60045260245ffd5b5f80fd5b634e487b7160e01b5f52604160045260245ffd5b51906001600160401b03821682036101905756fe60806040526004361015610011575f80fd5b5f5f3560e01c8063077f54ab146115135780630ac91f4a1461146857806319f2fdad1461120a5780631aa3a008146111f257806328388630146111ae5780632eef226914611191578063392cfbe8146111785780633a4b66f11461113e5780633ccfd60b14610f4d57806355ec742f14610e81578063715018a614610ddd57806379ba509714610cf35780637f8e3b4e14610b9b5780638450ccb514610ab9578063896d158714610a9c5780638da5cb5b14610a6a578063900cf0cf14610a43578063949dd037146109395780639fa6a6e3146108f5578063a2e800ad146108a5578063a787ce381461072c578063b20cd40114610640578063c3c5a547146105be578063c90d97731461056c578063d385fe9714610554578063d3a91ab31461053c578063d4cb3e4814610513578063e30c3978146104e0578063e681521414610477578063ec1e8d6414610433578063ecfd892814610416578063f2e3190514610396578063f2fde38b146102f7578063f4df4e38146101ee5763fc0c546a1461019b575f80fd5b346101eb57806003193601126101eb57602060405173ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b80fd5b50346102f35760806003193601126102f35760243560ff81168091036102f35773ffffffffffffffffffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690813b156102f3575f9160e4839260405194859384927fd505accf0000000000000000000000000000000000000000000000000000000084523360048501523060248501527f000000000000000000000000000000000000000000000000000000000000000060448501526004356064850152608484015260443560a484015260643560c48401525af16102e0575b506102dd611845565b80f35b6102ec91505f90611a72565b5f5f6102d4565b5f80fd5b346102f35760206003193601126102f35773ffffffffffffffffffffffffffffffffffffffff6103256116e1565b61032d612249565b16807fffffffffffffffffffffffff0000000000000000000000000000000000000000600154161760015573ffffffffffffffffffffffffffffffffffffffff5f54167f38d16b8cac22d99fc7c124b9cd0de2d3fa1faef420bfe791d8c362d765e227005f80a3005b346102f3575f6003193601126102f3576103ae612249565b60075480156103e6577fd3c43fa10ee1bb9246cf5c87fdbb34227ca0a8586a24eaa46dbe1f636a1ea50e5f80a25f6007819055600855005b7ff4438def000000000000000000000000000000000000000000000000000000005f525f6004525f60245260445ffd5b346102f3575f6003193601126102f3576020600254604051908152f35b346102f3575f6003193601126102f357602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102f35760206003193601126102f35760043567ffffffffffffffff81116102f357366023820112156102f35780600401359067ffffffffffffffff82116102f35736602460608402830101116102f35760209160246104d89201612135565b604051908152f35b346102f3575f6003193601126102f357602073ffffffffffffffffffffffffffffffffffffffff60015416604051908152f35b346102f35761053861052c610527366116ae565b611eb5565b604051918291826115ae565b0390f35b346102f35760206104d861054f366116ae565b611d71565b346102f35760206104d8610567366116ae565b611c24565b346102f35760206003193601126102f35773ffffffffffffffffffffffffffffffffffffffff61059a6116e1565b165f526003602052602067ffffffffffffffff60405f205460081c16604051908152f35b346102f35760206003193601126102f35773ffffffffffffffffffffffffffffffffffffffff6105ec6116e1565b165f52600360205260ff60405f205416600381101561061357602090600160405191148152f35b7f4e487b71000000000000000000000000000000000000000000000000000000005f52602160045260245ffd5b346102f35760206003193601126102f35760043561065c612249565b67ffffffffffffffff6004541615610704578060075567ffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001642018042116106d7576020817f43b42982a9af4752495e8c5e710e7dc37fbed6e956b43dac7d4f312a637c2de192600855604051908152a2005b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b7f9210c8d6000000000000000000000000000000000000000000000000000000005f5260045ffd5b346102f35761073a36611637565b9267ffffffffffffffff600493929354168061087a575060208501946107608682611ba8565b600654979150876107718385611ba8565b9290500361084a57505f5b87811061079157505061078f9550612269565b005b6107ad6107a8826107a28587611ba8565b90611bfc565b6117a7565b73ffffffffffffffffffffffffffffffffffffffff806107cc84611c0c565b90549060031b1c169116600183018084116106d75773ffffffffffffffffffffffffffffffffffffffff6107ff85611c0c565b90549060031b1c169282036108195750505060010161077c565b7f1c019400000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b87907f6ca57909000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f3ded6a19000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b346102f3575f6003193601126102f357602060405173ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102f3575f6003193601126102f357604060045473ffffffffffffffffffffffffffffffffffffffff82519167ffffffffffffffff81168352831c166020820152f35b346102f35760806003193601126102f35760043567ffffffffffffffff81116102f35760806003198260040192360301126102f35760243567ffffffffffffffff81116102f35761098e9036906004016115d8565b9060443567ffffffffffffffff81116102f3576109af903690600401611606565b92909160643567ffffffffffffffff81116102f3576109d29036906004016115d8565b95906004549667ffffffffffffffff8816156107045761078f97610a38610a3e93610a046109ff876119d4565b6127a8565b50610a3073ffffffffffffffffffffffffffffffffffffffff610a2688611eb5565b9460401c1661221e565b933691611b62565b90612810565b612269565b346102f3575f6003193601126102f357602067ffffffffffffffff60045416604051908152f35b346102f3575f6003193601126102f357602073ffffffffffffffffffffffffffffffffffffffff5f5416604051908152f35b346102f3575f6003193601126102f3576020600854604051908152f35b346102f3575f6003193601126102f3576040518060206006549283815201809260065f527ff652222313e28459528d920b65115c16c04f3efc82aaedc97be59f3f377c0d3f905f5b818110610b6f5750505081610b17910382611a72565b604051918291602083019060208452518091526040830191905f5b818110610b40575050500390f35b825173ffffffffffffffffffffffffffffffffffffffff16845285945060209384019390920191600101610b32565b825473ffffffffffffffffffffffffffffffffffffffff16845260209093019260019283019201610b01565b346102f3575f6003193601126102f357335f52600360205260405f2060ff815416600381101561061357600103610cc75760027fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0082541617815567ffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001667ffffffffffffffff42160167ffffffffffffffff81116106d7577fffffffffffffffffffffffffffffffffffffffffffffff0000000000000000ff68ffffffffffffffff0083549260081b16911617905560025480156106d7577fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff01600255337fab162bb8c2225f5f66cbdb2d99c73f1dfbdc0461b9fc8b77e6dfe8c45553f2935f80a2005b7fbfc6c337000000000000000000000000000000000000000000000000000000005f523360045260245ffd5b346102f3575f6003193601126102f3573373ffffffffffffffffffffffffffffffffffffffff6001541603610db1577fffffffffffffffffffffffff0000000000000000000000000000000000000000600154166001555f54337fffffffffffffffffffffffff00000000000000000000000000000000000000008216175f5573ffffffffffffffffffffffffffffffffffffffff3391167f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e05f80a3005b7f118cdaa7000000000000000000000000000000000000000000000000000000005f523360045260245ffd5b346102f3575f6003193601126102f357610df5612249565b7fffffffffffffffffffffffff0000000000000000000000000000000000000000600154166001555f73ffffffffffffffffffffffffffffffffffffffff81547fffffffffffffffffffffffff000000000000000000000000000000000000000081168355167f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e08280a3005b346102f35760206003193601126102f3576080610e9c611597565b67ffffffffffffffff81165f52600560205260405f20600160405191610ec183611a56565b80548352015490610f2e73ffffffffffffffffffffffffffffffffffffffff67ffffffffffffffff60ff60208501948387168652610f1f826040830198858160a01c168a5260e01c166060830199818b528560045416911515611725565b5196511694511692511661221e565b6020815191012091604051938452602084015260408301526060820152f35b346102f3575f6003193601126102f357335f52600360205260405f2060405190610f7682611a3a565b549060ff821660038110156106135767ffffffffffffffff6020838360029552019360081c168352036111125767ffffffffffffffff9051168042106110e357335f5260036020525f60408120557f00000000000000000000000000000000000000000000000000000000000000006040518181527f8108595eb6bad3acefa9da467d90cc2217686d5c5ac85460f8b7849c840645fc60203392a27f000000000000000000000000000000000000000000000000000000000000000090604051907fa9059cbb000000000000000000000000000000000000000000000000000000005f523360045260245260205f60448180865af19060015f51148216156110c3575b501561108157005b73ffffffffffffffffffffffffffffffffffffffff907f5274afe7000000000000000000000000000000000000000000000000000000005f521660045260245ffd5b60018215166110db5750813b15153d15161682611079565b3d5f823e3d90fd5b7fe58369d1000000000000000000000000000000000000000000000000000000005f524260045260245260445ffd5b7f7fb882b2000000000000000000000000000000000000000000000000000000005f523360045260245ffd5b346102f3575f6003193601126102f35760206040517f00000000000000000000000000000000000000000000000000000000000000008152f35b346102f35761053861052c61118c366116ae565b611a95565b346102f3575f6003193601126102f3576020600754604051908152f35b346102f3575f6003193601126102f357602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102f3575f6003193601126102f35761078f611845565b346102f35760206003193601126102f35760043567ffffffffffffffff81116102f35761123b903690600401611606565b611243612249565b61124c8161274f565b5f5b8181106113ba575067ffffffffffffffff811161138d5768010000000000000000811161138d57806006548160065580821061134c575b50508160065f525f5b82811061131157505060405190806020830160208452526040820192905f5b8181106112dc577fb90af380dd5d201c8dd50f7b6568c5bc2d885812740c4e3e05cde193cc38580a84860385a1005b90919360208060019273ffffffffffffffffffffffffffffffffffffffff61130389611704565b1681520195019291016112ad565b600190602061131f846117a7565b930192817ff652222313e28459528d920b65115c16c04f3efc82aaedc97be59f3f377c0d3f01550161128e565b035f5b81811061135e57829150611285565b5f8382017ff652222313e28459528d920b65115c16c04f3efc82aaedc97be59f3f377c0d3f015560010161134f565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b919073ffffffffffffffffffffffffffffffffffffffff6113df6107a885848661176a565b161515600184018085116106d7576113f6916117c8565b5f925b80841061140c576001919293500161124e565b916001809461145f6114226107a887878761176a565b73ffffffffffffffffffffffffffffffffffffffff806114466107a8868a8a61176a565b16911614156114596107a888888861176a565b906117fb565b019350916113f9565b346102f35761147636611637565b92611482929192612249565b61148b85611d71565b600754908181036114e5575050600854948542106114b55761078f95505f6007555f600855612269565b857fe58369d1000000000000000000000000000000000000000000000000000000005f524260045260245260445ffd5b7ff4438def000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b346102f35760206003193601126102f35761152c611597565b61156767ffffffffffffffff821691825f52600560205260ff600160405f20015460e01c1615159067ffffffffffffffff6004541691611725565b5f52600560205261053861052c73ffffffffffffffffffffffffffffffffffffffff600160405f2001541661221e565b6004359067ffffffffffffffff821682036102f357565b601f19601f602060409481855280519182918282880152018686015e5f8582860101520116010190565b9181601f840112156102f35782359167ffffffffffffffff83116102f357602083818601950101116102f357565b9181601f840112156102f35782359167ffffffffffffffff83116102f3576020808501948460051b0101116102f357565b9060606003198301126102f35760043567ffffffffffffffff81116102f357608060031982850301126102f3576004019160243567ffffffffffffffff81116102f35781611687916004016115d8565b929092916044359067ffffffffffffffff82116102f3576116aa91600401611606565b9091565b60206003198201126102f3576004359067ffffffffffffffff82116102f357600319826080920301126102f35760040190565b6004359073ffffffffffffffffffffffffffffffffffffffff821682036102f357565b359073ffffffffffffffffffffffffffffffffffffffff821682036102f357565b1561172e575050565b9067ffffffffffffffff80927f2d69bdb4000000000000000000000000000000000000000000000000000000005f52166004521660245260445ffd5b919081101561177a5760051b0190565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b3573ffffffffffffffffffffffffffffffffffffffff811681036102f35790565b156117d05750565b7fecb4e2e3000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b156118035750565b73ffffffffffffffffffffffffffffffffffffffff907fb1c101cf000000000000000000000000000000000000000000000000000000005f521660045260245ffd5b335f52600360205260ff60405f2054166003811015610613576119a857335f52600360205260405f2060017fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff008254161790556002547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff81146106d757600101600255604051337f14e032941ba52986ba8428e2836ba8fc0549407c3a9515473b4d6bbc599b13325f80a27f0000000000000000000000000000000000000000000000000000000000000000907f23b872dd000000000000000000000000000000000000000000000000000000005f5233600452306024527f000000000000000000000000000000000000000000000000000000000000000060445260205f60648180865af19060015f5114821615611987575b6040525f606052156110815750565b90600181151661199f57823b15153d15161690611978565b503d5f823e3d90fd5b7f45ed80e9000000000000000000000000000000000000000000000000000000005f523360045260245ffd5b3567ffffffffffffffff811681036102f35790565b9035907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe1813603018212156102f3570180359067ffffffffffffffff82116102f3576020019181360383136102f357565b6040810190811067ffffffffffffffff82111761138d57604052565b6080810190811067ffffffffffffffff82111761138d57604052565b90601f601f19910116810190811067ffffffffffffffff82111761138d57604052565b611b5f60787fffffffffffffffff00000000000000000000000000000000000000000000000092611ad3611ac8826119d4565b9160408101906119e9565b80916040519687947f130000000000000000000000000000000000000000000000000000000000000060208701527f736f74746f2f763120706f7373657373696f6e0000000000000000000000000060218701524660348701523060601b605487015260c01b1660688501525f60708501528484013781015f838201520301601f198101835282611a72565b90565b92919267ffffffffffffffff821161138d5760405191611b8c601f8201601f191660200184611a72565b8294818452818301116102f3578281602093845f960137010152565b9035907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe1813603018212156102f3570180359067ffffffffffffffff82116102f3576020019160608202360383136102f357565b919081101561177a576060020190565b60065481101561177a5760065f5260205f2001905f90565b611c2d816119d4565b90611c45611c3e60408301836119e9565b3691611b62565b60208151910120611c62611c5c6020840184611ba8565b90612135565b906060604051937fffffffffffffffff00000000000000000000000000000000000000000000000060208601967f150000000000000000000000000000000000000000000000000000000000000088527f736f74746f2f763120636f6e6669726d6174696f6e0000000000000000000000602188015246603688015230841b605688015260c01b16606a86015201356072840152609283015260b282015260b28152611d0f60d282611a72565b51902090565b90604060609273ffffffffffffffffffffffffffffffffffffffff611d3982611704565b16835260208101356020840152013560408201520190565b601f8260209493601f1993818652868601375f8582860101520116010190565b60405160208101914683523060408301526060808301526101008201813567ffffffffffffffff81168091036102f357608084015260208201357fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe18336030190818112156102f35783016020813591019267ffffffffffffffff82116102f35760608202360384136102f3578190608060a088015252610120850192905f5b818110611e9a575050506040830135908112156102f3578201916020833593019267ffffffffffffffff81116102f35780360384136102f357611e8483606092611d0f967fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff80898098030160c0880152611d51565b91013560e083015203601f198101835282611a72565b9091936060611eab60019287611d15565b9501929101611e10565b611ebe816119d4565b6040517f82bc07e600000000000000000000000000000000000000000000000000000000815290917f000000000000000000000000000000000000000000000000000000000000000073ffffffffffffffffffffffffffffffffffffffff16602083600481845afa9283156120a4575f936120af575b506020600491604051928380927f8f7dcfa30000000000000000000000000000000000000000000000000000000082525afa9081156120a4575f91612052575b507fffffffffffffffff00000000000000000000000000000000000000000000000093611b5f93611c5c611fc38560979589611fb5604060209a01846119e9565b95848b889793960190611ba8565b956040519b8c987f12000000000000000000000000000000000000000000000000000000000000008c8b01527f736f74746f2f763120636f6d6d6974746565000000000000000000000000000060218b01524660338b01523060601b60538b015260c01b16606789015260c01b16606f8701526077860152858501378201908382015203018084520182611a72565b90506020813d60201161209c575b8161206d60209383611a72565b810103126102f357517fffffffffffffffff000000000000000000000000000000000000000000000000611f74565b3d9150612060565b6040513d5f823e3d90fd5b9092506020813d6020116120ed575b816120cb60209383611a72565b810103126102f3575167ffffffffffffffff811681036102f357916020611f34565b3d91506120be565b612133906020808095946040519684889551918291018487015e8401908282015f8152815193849201905e01015f815203601f198101845283611a72565b565b906060915f915b80831061216e575050505f60208092604051918183925191829101835e8101838152039060025afa156120a4575f5190565b90919261217c848385611bfc565b600185018086116106d7576001926040837fffffffffffffffffffffffffffffffffffffffff0000000000000000000000006121ba612215966117a7565b7fff0000000000000000000000000000000000000000000000000000000000000084519660f81b16602087015260601b166021850152602081013560358501520135605583015260558252612210607583611a72565b6120f5565b9301919061213c565b604051919060016101206122328186611a72565b6101008552601f196020860191013682378451923c565b73ffffffffffffffffffffffffffffffffffffffff5f54163303610db157565b9192906122786109ff846119d4565b9460208401926122888486611ba8565b906122928261274f565b5f5b8281106126c6575050506122a88486611ba8565b838194925003612696576122bb86611c24565b905f5b8481106125f9575050505050612305906122d784611a95565b906122ff60408601966122f76122ed89896119e9565b9490923691611b62565b923691611b62565b91612810565b612312611c3e84846119e9565b90815161010081036125c8575061236060409283516123318582611a72565b600b81527f61010180600a3d393df30000000000000000000000000000000000000000000060208201526120f5565b6020815191015ff09373ffffffffffffffffffffffffffffffffffffffff85169485156125a0576123918386611ba8565b61239a91612135565b956123a58487611ba8565b86519991506123b38a611a56565b888a5260208a0191838352878b01904367ffffffffffffffff16825260608c019260ff16835267ffffffffffffffff169a8b5f526005602052885f2090518155600101925173ffffffffffffffffffffffffffffffffffffffff1683547fffffffffffffffffffffffff00000000000000000000000000000000000000001617835551908254905160e01b7cff00000000000000000000000000000000000000000000000000000000169160a01b7bffffffffffffffff000000000000000000000000000000000000000016907fffffff000000000000000000ffffffffffffffffffffffffffffffffffffffff161717905584516124b181611a3a565b888152602001528660045491851b7bffffffffffffffffffffffffffffffffffffffff000000000000000016917fffffffff0000000000000000000000000000000000000000000000000000000016171760045561250f90846119e9565b909161251b9085611ba8565b9390948151968752606001356020870152850160809052608085019061254092611d51565b838103606085015281815260200191905f5b8181106125855750505090807f17e21894a21b16f15ac2a61da06242940bd5dc32c8985433ade457f0986c41d8920390a2565b909192606061259660019286611d15565b9401929101612552565b7f93a25cc2000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f27eeca1c000000000000000000000000000000000000000000000000000000005f5260045261010060245260445ffd5b8181101561177a578773ffffffffffffffffffffffffffffffffffffffff806126456107a8856107a28d61263d6126368d8560051b8101906119e9565b908d612d02565b505097611ba8565b169116600183018084116106d757828203612665575050506001016122be565b7f3b5cda74000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b90507ff32e37c6000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b6126d46107a8828585611bfc565b73ffffffffffffffffffffffffffffffffffffffff8116600183018084116106d757612702908215156117c8565b5f5b83811061271657505050600101612294565b806127498473ffffffffffffffffffffffffffffffffffffffff6127406107a86001968c8c611bfc565b168514156117fb565b01612704565b60048114801561279e575b8015612794575b156127695750565b7f5e22810d000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b50600a8114612761565b506007811461275a565b90600167ffffffffffffffff60045416019167ffffffffffffffff83116106d75767ffffffffffffffff80841691168181036127e2575050565b7f2b9264ec000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b9190805160808103612ca75750815161010081036125c8575061283281612cd7565b612c7f5761283f82612cd7565b612c5757604051610120936128548583611a72565b610100825260208201916f024aa2b2f08f0a91260805272dc5105183527fc6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb860408201526f13e02b6052719f607dacd3a088274f6560608201527f596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e60808201526f0d1b3cc2c7027888be51d9ef691d77bc60a08201527fb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa60c08201526f13fa4d4a0ad8b1ce186ed5061789213d60e08201527f993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed6101008201526040519561295b60a088611a72565b6080808852602088019384913683376040519060808201935f835260205f606f828601948286528051848201604089015e7f5357555f524f5f4e554c5f2b00000000000000000000000000000000000000006063825189017e8000000000000000000000000000000000000000000000000000000000000060408201527f424c535f5349475f424c53313233383147315f584d443a5348412d3235365f536043820152015251018560025afa9460015f51927f424c535f5349475f424c53313233383147315f584d443a5348412d3235365f5360218701527f5357555f524f5f4e554c5f2b00000000000000000000000000000000000000006041870152604083528160a0870152604060c08701528501536f1a0111ea397fe69a4b1ba7b6434bacd76101218501527f64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab6101418501525f9060019360e08601906101008701935b60058710612bc657505050505050509061010061018060809301600b5afa1615612b9e5760205f95612b3793829883604051978896828089019b8051918291018d5e880190838201908d8252519283915e010190898252518092825e0190878252805192839101825e0185815203601f198101835282611a72565b5190600f5afa5f519015612b7657600103612b4e57565b7f8baa579f000000000000000000000000000000000000000000000000000000005f5260045ffd5b7fb8fedf87000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f028b4c53000000000000000000000000000000000000000000000000000000005f5260045ffd5b909294809798509891939598188752878253602083604d8960025afa16825186188752600188018253602085604d8960025afa1694600285519660806101807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff808c60061b168b01019160408360e18a60055afa169160408160105afa1660803d1416980194929093918a9796612abc565b7f523954f3000000000000000000000000000000000000000000000000000000005f5260045ffd5b7fe2d12cfc000000000000000000000000000000000000000000000000000000005f5260045ffd5b7fbd1e5002000000000000000000000000000000000000000000000000000000005f52600452608060245260445ffd5b6020905f5b81518311612cfb57828201511791602081018091116106d75791612cdc565b9150501590565b9060418303612d2c57612d259250602081013591604082359201355f1a90612d36565b9192909190565b50505f9160029190565b91907f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08411612dba579160209360809260ff5f9560405194855216868401526040830152606082015282805260015afa156120a4575f5173ffffffffffffffffffffffffffffffffffffffff811615612db057905f905f90565b505f906001905f90565b5050505f916003919056",
}

// Registry is an auto generated Go binding around an Ethereum contract.
type Registry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Registry) GetABI() abi.ABI {
	return c.abi
}

// NewRegistry creates a new instance of Registry.
func NewRegistry() *Registry {
	parsed, err := RegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Registry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Registry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address token_, uint256 stake_, address owner_, address rounds_, uint64 replacementDelay_, uint64 exitDelay_) returns()
func (registry *Registry) PackConstructor(token_ common.Address, stake_ *big.Int, owner_ common.Address, rounds_ common.Address, replacementDelay_ uint64, exitDelay_ uint64) []byte {
	enc, err := registry.abi.Pack("", token_, stake_, owner_, rounds_, replacementDelay_, exitDelay_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackAcceptOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x79ba5097.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptOwnership() returns()
func (registry *Registry) PackAcceptOwnership() []byte {
	enc, err := registry.abi.Pack("acceptOwnership")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x79ba5097.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptOwnership() returns()
func (registry *Registry) TryPackAcceptOwnership() ([]byte, error) {
	return registry.abi.Pack("acceptOwnership")
}

// PackCancelReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2e31905.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cancelReplacement() returns()
func (registry *Registry) PackCancelReplacement() []byte {
	enc, err := registry.abi.Pack("cancelReplacement")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCancelReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2e31905.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cancelReplacement() returns()
func (registry *Registry) TryPackCancelReplacement() ([]byte, error) {
	return registry.abi.Pack("cancelReplacement")
}

// PackCommittee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x55ec742f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function committee(uint64 epoch_) view returns(bytes32 keyListHash, uint8 members, uint64 installed, bytes32 groupKeyHash)
func (registry *Registry) PackCommittee(epoch uint64) []byte {
	enc, err := registry.abi.Pack("committee", epoch)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCommittee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x55ec742f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function committee(uint64 epoch_) view returns(bytes32 keyListHash, uint8 members, uint64 installed, bytes32 groupKeyHash)
func (registry *Registry) TryPackCommittee(epoch uint64) ([]byte, error) {
	return registry.abi.Pack("committee", epoch)
}

// CommitteeOutput serves as a container for the return parameters of contract
// method Committee.
type CommitteeOutput struct {
	KeyListHash  [32]byte
	Members      uint8
	Installed    uint64
	GroupKeyHash [32]byte
}

// UnpackCommittee is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x55ec742f.
//
// Solidity: function committee(uint64 epoch_) view returns(bytes32 keyListHash, uint8 members, uint64 installed, bytes32 groupKeyHash)
func (registry *Registry) UnpackCommittee(data []byte) (CommitteeOutput, error) {
	out, err := registry.abi.Unpack("committee", data)
	outstruct := new(CommitteeOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.KeyListHash = *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	outstruct.Members = *abi.ConvertType(out[1], new(uint8)).(*uint8)
	outstruct.Installed = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	outstruct.GroupKeyHash = *abi.ConvertType(out[3], new([32]byte)).(*[32]byte)
	return *outstruct, nil
}

// PackConfirmationDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd385fe97.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function confirmationDigest((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes32)
func (registry *Registry) PackConfirmationDigest(proposal RegistryProposal) []byte {
	enc, err := registry.abi.Pack("confirmationDigest", proposal)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackConfirmationDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd385fe97.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function confirmationDigest((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes32)
func (registry *Registry) TryPackConfirmationDigest(proposal RegistryProposal) ([]byte, error) {
	return registry.abi.Pack("confirmationDigest", proposal)
}

// UnpackConfirmationDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd385fe97.
//
// Solidity: function confirmationDigest((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes32)
func (registry *Registry) UnpackConfirmationDigest(data []byte) ([32]byte, error) {
	out, err := registry.abi.Unpack("confirmationDigest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackContributorCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xecfd8928.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function contributorCount() view returns(uint256)
func (registry *Registry) PackContributorCount() []byte {
	enc, err := registry.abi.Pack("contributorCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackContributorCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xecfd8928.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function contributorCount() view returns(uint256)
func (registry *Registry) TryPackContributorCount() ([]byte, error) {
	return registry.abi.Pack("contributorCount")
}

// UnpackContributorCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xecfd8928.
//
// Solidity: function contributorCount() view returns(uint256)
func (registry *Registry) UnpackContributorCount(data []byte) (*big.Int, error) {
	out, err := registry.abi.Unpack("contributorCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCurrent is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9fa6a6e3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function current() view returns(uint64 epoch, address keyStore)
func (registry *Registry) PackCurrent() []byte {
	enc, err := registry.abi.Pack("current")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCurrent is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9fa6a6e3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function current() view returns(uint64 epoch, address keyStore)
func (registry *Registry) TryPackCurrent() ([]byte, error) {
	return registry.abi.Pack("current")
}

// CurrentOutput serves as a container for the return parameters of contract
// method Current.
type CurrentOutput struct {
	Epoch    uint64
	KeyStore common.Address
}

// UnpackCurrent is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9fa6a6e3.
//
// Solidity: function current() view returns(uint64 epoch, address keyStore)
func (registry *Registry) UnpackCurrent(data []byte) (CurrentOutput, error) {
	out, err := registry.abi.Unpack("current", data)
	outstruct := new(CurrentOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Epoch = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.KeyStore = *abi.ConvertType(out[1], new(common.Address)).(*common.Address)
	return *outstruct, nil
}

// PackEpoch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x900cf0cf.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function epoch() view returns(uint64)
func (registry *Registry) PackEpoch() []byte {
	enc, err := registry.abi.Pack("epoch")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEpoch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x900cf0cf.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function epoch() view returns(uint64)
func (registry *Registry) TryPackEpoch() ([]byte, error) {
	return registry.abi.Pack("epoch")
}

// UnpackEpoch is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x900cf0cf.
//
// Solidity: function epoch() view returns(uint64)
func (registry *Registry) UnpackEpoch(data []byte) (uint64, error) {
	out, err := registry.abi.Unpack("epoch", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackExecuteReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0ac91f4a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function executeReplacement((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal, bytes possession, bytes[] confirmations) returns()
func (registry *Registry) PackExecuteReplacement(proposal RegistryProposal, possession []byte, confirmations [][]byte) []byte {
	enc, err := registry.abi.Pack("executeReplacement", proposal, possession, confirmations)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackExecuteReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0ac91f4a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function executeReplacement((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal, bytes possession, bytes[] confirmations) returns()
func (registry *Registry) TryPackExecuteReplacement(proposal RegistryProposal, possession []byte, confirmations [][]byte) ([]byte, error) {
	return registry.abi.Pack("executeReplacement", proposal, possession, confirmations)
}

// PackExitDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x28388630.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function exitDelay() view returns(uint64)
func (registry *Registry) PackExitDelay() []byte {
	enc, err := registry.abi.Pack("exitDelay")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackExitDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x28388630.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function exitDelay() view returns(uint64)
func (registry *Registry) TryPackExitDelay() ([]byte, error) {
	return registry.abi.Pack("exitDelay")
}

// UnpackExitDelay is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x28388630.
//
// Solidity: function exitDelay() view returns(uint64)
func (registry *Registry) UnpackExitDelay(data []byte) (uint64, error) {
	out, err := registry.abi.Unpack("exitDelay", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackGroupKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x077f54ab.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function groupKey(uint64 epoch_) view returns(bytes)
func (registry *Registry) PackGroupKey(epoch uint64) []byte {
	enc, err := registry.abi.Pack("groupKey", epoch)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGroupKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x077f54ab.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function groupKey(uint64 epoch_) view returns(bytes)
func (registry *Registry) TryPackGroupKey(epoch uint64) ([]byte, error) {
	return registry.abi.Pack("groupKey", epoch)
}

// UnpackGroupKey is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x077f54ab.
//
// Solidity: function groupKey(uint64 epoch_) view returns(bytes)
func (registry *Registry) UnpackGroupKey(data []byte) ([]byte, error) {
	out, err := registry.abi.Unpack("groupKey", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackHashKeyList is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe6815214.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function hashKeyList((address,bytes32,bytes32)[] members) pure returns(bytes32)
func (registry *Registry) PackHashKeyList(members []RegistryMemberKeys) []byte {
	enc, err := registry.abi.Pack("hashKeyList", members)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHashKeyList is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe6815214.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function hashKeyList((address,bytes32,bytes32)[] members) pure returns(bytes32)
func (registry *Registry) TryPackHashKeyList(members []RegistryMemberKeys) ([]byte, error) {
	return registry.abi.Pack("hashKeyList", members)
}

// UnpackHashKeyList is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe6815214.
//
// Solidity: function hashKeyList((address,bytes32,bytes32)[] members) pure returns(bytes32)
func (registry *Registry) UnpackHashKeyList(data []byte) ([32]byte, error) {
	out, err := registry.abi.Unpack("hashKeyList", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackInstallCommittee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa787ce38.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function installCommittee((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal, bytes possession, bytes[] confirmations) returns()
func (registry *Registry) PackInstallCommittee(proposal RegistryProposal, possession []byte, confirmations [][]byte) []byte {
	enc, err := registry.abi.Pack("installCommittee", proposal, possession, confirmations)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackInstallCommittee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa787ce38.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function installCommittee((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal, bytes possession, bytes[] confirmations) returns()
func (registry *Registry) TryPackInstallCommittee(proposal RegistryProposal, possession []byte, confirmations [][]byte) ([]byte, error) {
	return registry.abi.Pack("installCommittee", proposal, possession, confirmations)
}

// PackIsRegistered is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc3c5a547.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isRegistered(address account) view returns(bool)
func (registry *Registry) PackIsRegistered(account common.Address) []byte {
	enc, err := registry.abi.Pack("isRegistered", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsRegistered is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc3c5a547.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isRegistered(address account) view returns(bool)
func (registry *Registry) TryPackIsRegistered(account common.Address) ([]byte, error) {
	return registry.abi.Pack("isRegistered", account)
}

// UnpackIsRegistered is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc3c5a547.
//
// Solidity: function isRegistered(address account) view returns(bool)
func (registry *Registry) UnpackIsRegistered(data []byte) (bool, error) {
	out, err := registry.abi.Unpack("isRegistered", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackNominate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x19f2fdad.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nominate(address[] identities) returns()
func (registry *Registry) PackNominate(identities []common.Address) []byte {
	enc, err := registry.abi.Pack("nominate", identities)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNominate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x19f2fdad.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nominate(address[] identities) returns()
func (registry *Registry) TryPackNominate(identities []common.Address) ([]byte, error) {
	return registry.abi.Pack("nominate", identities)
}

// PackNominated is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8450ccb5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nominated() view returns(address[])
func (registry *Registry) PackNominated() []byte {
	enc, err := registry.abi.Pack("nominated")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNominated is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8450ccb5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nominated() view returns(address[])
func (registry *Registry) TryPackNominated() ([]byte, error) {
	return registry.abi.Pack("nominated")
}

// UnpackNominated is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8450ccb5.
//
// Solidity: function nominated() view returns(address[])
func (registry *Registry) UnpackNominated(data []byte) ([]common.Address, error) {
	out, err := registry.abi.Unpack("nominated", data)
	if err != nil {
		return *new([]common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new([]common.Address)).(*[]common.Address)
	return out0, nil
}

// PackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function owner() view returns(address)
func (registry *Registry) PackOwner() []byte {
	enc, err := registry.abi.Pack("owner")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function owner() view returns(address)
func (registry *Registry) TryPackOwner() ([]byte, error) {
	return registry.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (registry *Registry) UnpackOwner(data []byte) (common.Address, error) {
	out, err := registry.abi.Unpack("owner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackPendingOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe30c3978.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingOwner() view returns(address)
func (registry *Registry) PackPendingOwner() []byte {
	enc, err := registry.abi.Pack("pendingOwner")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe30c3978.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingOwner() view returns(address)
func (registry *Registry) TryPackPendingOwner() ([]byte, error) {
	return registry.abi.Pack("pendingOwner")
}

// UnpackPendingOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe30c3978.
//
// Solidity: function pendingOwner() view returns(address)
func (registry *Registry) UnpackPendingOwner(data []byte) (common.Address, error) {
	out, err := registry.abi.Unpack("pendingOwner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackPossessionMessage is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x392cfbe8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function possessionMessage((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes)
func (registry *Registry) PackPossessionMessage(proposal RegistryProposal) []byte {
	enc, err := registry.abi.Pack("possessionMessage", proposal)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPossessionMessage is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x392cfbe8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function possessionMessage((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes)
func (registry *Registry) TryPackPossessionMessage(proposal RegistryProposal) ([]byte, error) {
	return registry.abi.Pack("possessionMessage", proposal)
}

// UnpackPossessionMessage is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x392cfbe8.
//
// Solidity: function possessionMessage((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes)
func (registry *Registry) UnpackPossessionMessage(data []byte) ([]byte, error) {
	out, err := registry.abi.Unpack("possessionMessage", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackProposalHash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd3a91ab3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function proposalHash((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes32)
func (registry *Registry) PackProposalHash(proposal RegistryProposal) []byte {
	enc, err := registry.abi.Pack("proposalHash", proposal)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackProposalHash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd3a91ab3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function proposalHash((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes32)
func (registry *Registry) TryPackProposalHash(proposal RegistryProposal) ([]byte, error) {
	return registry.abi.Pack("proposalHash", proposal)
}

// UnpackProposalHash is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd3a91ab3.
//
// Solidity: function proposalHash((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes32)
func (registry *Registry) UnpackProposalHash(data []byte) ([32]byte, error) {
	out, err := registry.abi.Unpack("proposalHash", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1aa3a008.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function register() returns()
func (registry *Registry) PackRegister() []byte {
	enc, err := registry.abi.Pack("register")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1aa3a008.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function register() returns()
func (registry *Registry) TryPackRegister() ([]byte, error) {
	return registry.abi.Pack("register")
}

// PackRegisterWithPermit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf4df4e38.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function registerWithPermit(uint256 deadline, uint8 v, bytes32 r, bytes32 s) returns()
func (registry *Registry) PackRegisterWithPermit(deadline *big.Int, v uint8, r [32]byte, s [32]byte) []byte {
	enc, err := registry.abi.Pack("registerWithPermit", deadline, v, r, s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegisterWithPermit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf4df4e38.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function registerWithPermit(uint256 deadline, uint8 v, bytes32 r, bytes32 s) returns()
func (registry *Registry) TryPackRegisterWithPermit(deadline *big.Int, v uint8, r [32]byte, s [32]byte) ([]byte, error) {
	return registry.abi.Pack("registerWithPermit", deadline, v, r, s)
}

// PackRenounceOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x715018a6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function renounceOwnership() returns()
func (registry *Registry) PackRenounceOwnership() []byte {
	enc, err := registry.abi.Pack("renounceOwnership")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRenounceOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x715018a6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function renounceOwnership() returns()
func (registry *Registry) TryPackRenounceOwnership() ([]byte, error) {
	return registry.abi.Pack("renounceOwnership")
}

// PackReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2eef2269.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function replacement() view returns(bytes32)
func (registry *Registry) PackReplacement() []byte {
	enc, err := registry.abi.Pack("replacement")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2eef2269.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function replacement() view returns(bytes32)
func (registry *Registry) TryPackReplacement() ([]byte, error) {
	return registry.abi.Pack("replacement")
}

// UnpackReplacement is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2eef2269.
//
// Solidity: function replacement() view returns(bytes32)
func (registry *Registry) UnpackReplacement(data []byte) ([32]byte, error) {
	out, err := registry.abi.Unpack("replacement", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackReplacementDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xec1e8d64.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function replacementDelay() view returns(uint64)
func (registry *Registry) PackReplacementDelay() []byte {
	enc, err := registry.abi.Pack("replacementDelay")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReplacementDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xec1e8d64.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function replacementDelay() view returns(uint64)
func (registry *Registry) TryPackReplacementDelay() ([]byte, error) {
	return registry.abi.Pack("replacementDelay")
}

// UnpackReplacementDelay is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xec1e8d64.
//
// Solidity: function replacementDelay() view returns(uint64)
func (registry *Registry) UnpackReplacementDelay(data []byte) (uint64, error) {
	out, err := registry.abi.Unpack("replacementDelay", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackReplacementFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x896d1587.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function replacementFrom() view returns(uint256)
func (registry *Registry) PackReplacementFrom() []byte {
	enc, err := registry.abi.Pack("replacementFrom")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReplacementFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x896d1587.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function replacementFrom() view returns(uint256)
func (registry *Registry) TryPackReplacementFrom() ([]byte, error) {
	return registry.abi.Pack("replacementFrom")
}

// UnpackReplacementFrom is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x896d1587.
//
// Solidity: function replacementFrom() view returns(uint256)
func (registry *Registry) UnpackReplacementFrom(data []byte) (*big.Int, error) {
	out, err := registry.abi.Unpack("replacementFrom", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackRequestExit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7f8e3b4e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function requestExit() returns()
func (registry *Registry) PackRequestExit() []byte {
	enc, err := registry.abi.Pack("requestExit")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRequestExit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7f8e3b4e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function requestExit() returns()
func (registry *Registry) TryPackRequestExit() ([]byte, error) {
	return registry.abi.Pack("requestExit")
}

// PackRotateCommittee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x949dd037.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rotateCommittee((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal, bytes possession, bytes[] confirmations, bytes oldSignature) returns()
func (registry *Registry) PackRotateCommittee(proposal RegistryProposal, possession []byte, confirmations [][]byte, oldSignature []byte) []byte {
	enc, err := registry.abi.Pack("rotateCommittee", proposal, possession, confirmations, oldSignature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRotateCommittee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x949dd037.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function rotateCommittee((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal, bytes possession, bytes[] confirmations, bytes oldSignature) returns()
func (registry *Registry) TryPackRotateCommittee(proposal RegistryProposal, possession []byte, confirmations [][]byte, oldSignature []byte) ([]byte, error) {
	return registry.abi.Pack("rotateCommittee", proposal, possession, confirmations, oldSignature)
}

// PackRotationMessage is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd4cb3e48.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rotationMessage((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes)
func (registry *Registry) PackRotationMessage(proposal RegistryProposal) []byte {
	enc, err := registry.abi.Pack("rotationMessage", proposal)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRotationMessage is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd4cb3e48.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function rotationMessage((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes)
func (registry *Registry) TryPackRotationMessage(proposal RegistryProposal) ([]byte, error) {
	return registry.abi.Pack("rotationMessage", proposal)
}

// UnpackRotationMessage is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd4cb3e48.
//
// Solidity: function rotationMessage((uint64,(address,bytes32,bytes32)[],bytes,bytes32) proposal) view returns(bytes)
func (registry *Registry) UnpackRotationMessage(data []byte) ([]byte, error) {
	out, err := registry.abi.Unpack("rotationMessage", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackRounds is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa2e800ad.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rounds() view returns(address)
func (registry *Registry) PackRounds() []byte {
	enc, err := registry.abi.Pack("rounds")
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
func (registry *Registry) TryPackRounds() ([]byte, error) {
	return registry.abi.Pack("rounds")
}

// UnpackRounds is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa2e800ad.
//
// Solidity: function rounds() view returns(address)
func (registry *Registry) UnpackRounds(data []byte) (common.Address, error) {
	out, err := registry.abi.Unpack("rounds", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackScheduleReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb20cd401.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function scheduleReplacement(bytes32 hash) returns()
func (registry *Registry) PackScheduleReplacement(hash [32]byte) []byte {
	enc, err := registry.abi.Pack("scheduleReplacement", hash)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackScheduleReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb20cd401.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function scheduleReplacement(bytes32 hash) returns()
func (registry *Registry) TryPackScheduleReplacement(hash [32]byte) ([]byte, error) {
	return registry.abi.Pack("scheduleReplacement", hash)
}

// PackStake is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a4b66f1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function stake() view returns(uint256)
func (registry *Registry) PackStake() []byte {
	enc, err := registry.abi.Pack("stake")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStake is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a4b66f1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function stake() view returns(uint256)
func (registry *Registry) TryPackStake() ([]byte, error) {
	return registry.abi.Pack("stake")
}

// UnpackStake is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3a4b66f1.
//
// Solidity: function stake() view returns(uint256)
func (registry *Registry) UnpackStake(data []byte) (*big.Int, error) {
	out, err := registry.abi.Unpack("stake", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackToken is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfc0c546a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function token() view returns(address)
func (registry *Registry) PackToken() []byte {
	enc, err := registry.abi.Pack("token")
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
func (registry *Registry) TryPackToken() ([]byte, error) {
	return registry.abi.Pack("token")
}

// UnpackToken is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfc0c546a.
//
// Solidity: function token() view returns(address)
func (registry *Registry) UnpackToken(data []byte) (common.Address, error) {
	out, err := registry.abi.Unpack("token", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackTransferOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2fde38b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferOwnership(address newOwner) returns()
func (registry *Registry) PackTransferOwnership(newOwner common.Address) []byte {
	enc, err := registry.abi.Pack("transferOwnership", newOwner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2fde38b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferOwnership(address newOwner) returns()
func (registry *Registry) TryPackTransferOwnership(newOwner common.Address) ([]byte, error) {
	return registry.abi.Pack("transferOwnership", newOwner)
}

// PackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ccfd60b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdraw() returns()
func (registry *Registry) PackWithdraw() []byte {
	enc, err := registry.abi.Pack("withdraw")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ccfd60b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdraw() returns()
func (registry *Registry) TryPackWithdraw() ([]byte, error) {
	return registry.abi.Pack("withdraw")
}

// PackWithdrawableFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc90d9773.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdrawableFrom(address account) view returns(uint256)
func (registry *Registry) PackWithdrawableFrom(account common.Address) []byte {
	enc, err := registry.abi.Pack("withdrawableFrom", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdrawableFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc90d9773.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdrawableFrom(address account) view returns(uint256)
func (registry *Registry) TryPackWithdrawableFrom(account common.Address) ([]byte, error) {
	return registry.abi.Pack("withdrawableFrom", account)
}

// UnpackWithdrawableFrom is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc90d9773.
//
// Solidity: function withdrawableFrom(address account) view returns(uint256)
func (registry *Registry) UnpackWithdrawableFrom(data []byte) (*big.Int, error) {
	out, err := registry.abi.Unpack("withdrawableFrom", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// RegistryCommitteeInstalled represents a CommitteeInstalled event raised by the Registry contract.
type RegistryCommitteeInstalled struct {
	Epoch       uint64
	KeyListHash [32]byte
	Transcript  [32]byte
	GroupKey    []byte
	Members     []RegistryMemberKeys
	Raw         *types.Log // Blockchain specific contextual infos
}

const RegistryCommitteeInstalledEventName = "CommitteeInstalled"

// ContractEventName returns the user-defined event name.
func (RegistryCommitteeInstalled) ContractEventName() string {
	return RegistryCommitteeInstalledEventName
}

// UnpackCommitteeInstalledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CommitteeInstalled(uint64 indexed epoch, bytes32 keyListHash, bytes32 transcript, bytes groupKey, (address,bytes32,bytes32)[] members)
func (registry *Registry) UnpackCommitteeInstalledEvent(log *types.Log) (*RegistryCommitteeInstalled, error) {
	event := "CommitteeInstalled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryCommitteeInstalled)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryCommitteeNominated represents a CommitteeNominated event raised by the Registry contract.
type RegistryCommitteeNominated struct {
	Identities []common.Address
	Raw        *types.Log // Blockchain specific contextual infos
}

const RegistryCommitteeNominatedEventName = "CommitteeNominated"

// ContractEventName returns the user-defined event name.
func (RegistryCommitteeNominated) ContractEventName() string {
	return RegistryCommitteeNominatedEventName
}

// UnpackCommitteeNominatedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CommitteeNominated(address[] identities)
func (registry *Registry) UnpackCommitteeNominatedEvent(log *types.Log) (*RegistryCommitteeNominated, error) {
	event := "CommitteeNominated"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryCommitteeNominated)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryContributorLeft represents a ContributorLeft event raised by the Registry contract.
type RegistryContributorLeft struct {
	Account common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistryContributorLeftEventName = "ContributorLeft"

// ContractEventName returns the user-defined event name.
func (RegistryContributorLeft) ContractEventName() string {
	return RegistryContributorLeftEventName
}

// UnpackContributorLeftEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ContributorLeft(address indexed account)
func (registry *Registry) UnpackContributorLeftEvent(log *types.Log) (*RegistryContributorLeft, error) {
	event := "ContributorLeft"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryContributorLeft)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryContributorRegistered represents a ContributorRegistered event raised by the Registry contract.
type RegistryContributorRegistered struct {
	Account common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistryContributorRegisteredEventName = "ContributorRegistered"

// ContractEventName returns the user-defined event name.
func (RegistryContributorRegistered) ContractEventName() string {
	return RegistryContributorRegisteredEventName
}

// UnpackContributorRegisteredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ContributorRegistered(address indexed account)
func (registry *Registry) UnpackContributorRegisteredEvent(log *types.Log) (*RegistryContributorRegistered, error) {
	event := "ContributorRegistered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryContributorRegistered)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryOwnershipTransferStarted represents a OwnershipTransferStarted event raised by the Registry contract.
type RegistryOwnershipTransferStarted struct {
	PreviousOwner common.Address
	NewOwner      common.Address
	Raw           *types.Log // Blockchain specific contextual infos
}

const RegistryOwnershipTransferStartedEventName = "OwnershipTransferStarted"

// ContractEventName returns the user-defined event name.
func (RegistryOwnershipTransferStarted) ContractEventName() string {
	return RegistryOwnershipTransferStartedEventName
}

// UnpackOwnershipTransferStartedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner)
func (registry *Registry) UnpackOwnershipTransferStartedEvent(log *types.Log) (*RegistryOwnershipTransferStarted, error) {
	event := "OwnershipTransferStarted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryOwnershipTransferStarted)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryOwnershipTransferred represents a OwnershipTransferred event raised by the Registry contract.
type RegistryOwnershipTransferred struct {
	PreviousOwner common.Address
	NewOwner      common.Address
	Raw           *types.Log // Blockchain specific contextual infos
}

const RegistryOwnershipTransferredEventName = "OwnershipTransferred"

// ContractEventName returns the user-defined event name.
func (RegistryOwnershipTransferred) ContractEventName() string {
	return RegistryOwnershipTransferredEventName
}

// UnpackOwnershipTransferredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)
func (registry *Registry) UnpackOwnershipTransferredEvent(log *types.Log) (*RegistryOwnershipTransferred, error) {
	event := "OwnershipTransferred"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryOwnershipTransferred)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryReplacementCancelled represents a ReplacementCancelled event raised by the Registry contract.
type RegistryReplacementCancelled struct {
	ProposalHash [32]byte
	Raw          *types.Log // Blockchain specific contextual infos
}

const RegistryReplacementCancelledEventName = "ReplacementCancelled"

// ContractEventName returns the user-defined event name.
func (RegistryReplacementCancelled) ContractEventName() string {
	return RegistryReplacementCancelledEventName
}

// UnpackReplacementCancelledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ReplacementCancelled(bytes32 indexed proposalHash)
func (registry *Registry) UnpackReplacementCancelledEvent(log *types.Log) (*RegistryReplacementCancelled, error) {
	event := "ReplacementCancelled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryReplacementCancelled)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryReplacementScheduled represents a ReplacementScheduled event raised by the Registry contract.
type RegistryReplacementScheduled struct {
	ProposalHash [32]byte
	From         *big.Int
	Raw          *types.Log // Blockchain specific contextual infos
}

const RegistryReplacementScheduledEventName = "ReplacementScheduled"

// ContractEventName returns the user-defined event name.
func (RegistryReplacementScheduled) ContractEventName() string {
	return RegistryReplacementScheduledEventName
}

// UnpackReplacementScheduledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ReplacementScheduled(bytes32 indexed proposalHash, uint256 from)
func (registry *Registry) UnpackReplacementScheduledEvent(log *types.Log) (*RegistryReplacementScheduled, error) {
	event := "ReplacementScheduled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryReplacementScheduled)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryStakeWithdrawn represents a StakeWithdrawn event raised by the Registry contract.
type RegistryStakeWithdrawn struct {
	Account common.Address
	Amount  *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistryStakeWithdrawnEventName = "StakeWithdrawn"

// ContractEventName returns the user-defined event name.
func (RegistryStakeWithdrawn) ContractEventName() string {
	return RegistryStakeWithdrawnEventName
}

// UnpackStakeWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event StakeWithdrawn(address indexed account, uint256 amount)
func (registry *Registry) UnpackStakeWithdrawnEvent(log *types.Log) (*RegistryStakeWithdrawn, error) {
	event := "StakeWithdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryStakeWithdrawn)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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
func (registry *Registry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], registry.abi.Errors["AlreadyRegistered"].ID.Bytes()[:4]) {
		return registry.UnpackAlreadyRegisteredError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["CommitteeExists"].ID.Bytes()[:4]) {
		return registry.UnpackCommitteeExistsError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["CommitteeSize"].ID.Bytes()[:4]) {
		return registry.UnpackCommitteeSizeError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["ConfirmationCount"].ID.Bytes()[:4]) {
		return registry.UnpackConfirmationCountError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["DuplicateIdentity"].ID.Bytes()[:4]) {
		return registry.UnpackDuplicateIdentityError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["IdentityKey"].ID.Bytes()[:4]) {
		return registry.UnpackIdentityKeyError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["IdentitySignature"].ID.Bytes()[:4]) {
		return registry.UnpackIdentitySignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["InvalidPoint"].ID.Bytes()[:4]) {
		return registry.UnpackInvalidPointError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["InvalidSignature"].ID.Bytes()[:4]) {
		return registry.UnpackInvalidSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["KeyLength"].ID.Bytes()[:4]) {
		return registry.UnpackKeyLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NoCommittee"].ID.Bytes()[:4]) {
		return registry.UnpackNoCommitteeError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NoIdentity"].ID.Bytes()[:4]) {
		return registry.UnpackNoIdentityError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NoSuchEpoch"].ID.Bytes()[:4]) {
		return registry.UnpackNoSuchEpochError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NominatedSize"].ID.Bytes()[:4]) {
		return registry.UnpackNominatedSizeError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotLeaving"].ID.Bytes()[:4]) {
		return registry.UnpackNotLeavingError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotNominated"].ID.Bytes()[:4]) {
		return registry.UnpackNotNominatedError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotRegistered"].ID.Bytes()[:4]) {
		return registry.UnpackNotRegisteredError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotScheduled"].ID.Bytes()[:4]) {
		return registry.UnpackNotScheduledError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotWritten"].ID.Bytes()[:4]) {
		return registry.UnpackNotWrittenError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["OwnableInvalidOwner"].ID.Bytes()[:4]) {
		return registry.UnpackOwnableInvalidOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["OwnableUnauthorizedAccount"].ID.Bytes()[:4]) {
		return registry.UnpackOwnableUnauthorizedAccountError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["PrecompileMissing"].ID.Bytes()[:4]) {
		return registry.UnpackPrecompileMissingError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return registry.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["SignatureLength"].ID.Bytes()[:4]) {
		return registry.UnpackSignatureLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["TooEarly"].ID.Bytes()[:4]) {
		return registry.UnpackTooEarlyError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["WrongConfirmation"].ID.Bytes()[:4]) {
		return registry.UnpackWrongConfirmationError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["WrongEpoch"].ID.Bytes()[:4]) {
		return registry.UnpackWrongEpochError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// RegistryAlreadyRegistered represents a AlreadyRegistered error raised by the Registry contract.
type RegistryAlreadyRegistered struct {
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyRegistered(address account)
func RegistryAlreadyRegisteredErrorID() common.Hash {
	return common.HexToHash("0x45ed80e9399c87887ea54f615514a1e3dde31e9b6c027ddceb4ffd503b70e428")
}

// UnpackAlreadyRegisteredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyRegistered(address account)
func (registry *Registry) UnpackAlreadyRegisteredError(raw []byte) (*RegistryAlreadyRegistered, error) {
	out := new(RegistryAlreadyRegistered)
	if err := registry.abi.UnpackIntoInterface(out, "AlreadyRegistered", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryCommitteeExists represents a CommitteeExists error raised by the Registry contract.
type RegistryCommitteeExists struct {
	Epoch uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CommitteeExists(uint64 epoch)
func RegistryCommitteeExistsErrorID() common.Hash {
	return common.HexToHash("0x3ded6a1903557634c5fd2138a5d65fad5cddeb07b205dadfac0d1de70807b62f")
}

// UnpackCommitteeExistsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CommitteeExists(uint64 epoch)
func (registry *Registry) UnpackCommitteeExistsError(raw []byte) (*RegistryCommitteeExists, error) {
	out := new(RegistryCommitteeExists)
	if err := registry.abi.UnpackIntoInterface(out, "CommitteeExists", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryCommitteeSize represents a CommitteeSize error raised by the Registry contract.
type RegistryCommitteeSize struct {
	Got *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CommitteeSize(uint256 got)
func RegistryCommitteeSizeErrorID() common.Hash {
	return common.HexToHash("0x5e22810dfddb27372074f0c06ff118b630e114e20e6dc89170600eb37694259f")
}

// UnpackCommitteeSizeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CommitteeSize(uint256 got)
func (registry *Registry) UnpackCommitteeSizeError(raw []byte) (*RegistryCommitteeSize, error) {
	out := new(RegistryCommitteeSize)
	if err := registry.abi.UnpackIntoInterface(out, "CommitteeSize", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryConfirmationCount represents a ConfirmationCount error raised by the Registry contract.
type RegistryConfirmationCount struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ConfirmationCount(uint256 got, uint256 want)
func RegistryConfirmationCountErrorID() common.Hash {
	return common.HexToHash("0xf32e37c6d60394dfc3c275480100558c2d84db326f7e04c33d6ccc5360521681")
}

// UnpackConfirmationCountError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ConfirmationCount(uint256 got, uint256 want)
func (registry *Registry) UnpackConfirmationCountError(raw []byte) (*RegistryConfirmationCount, error) {
	out := new(RegistryConfirmationCount)
	if err := registry.abi.UnpackIntoInterface(out, "ConfirmationCount", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryDuplicateIdentity represents a DuplicateIdentity error raised by the Registry contract.
type RegistryDuplicateIdentity struct {
	Identity common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DuplicateIdentity(address identity)
func RegistryDuplicateIdentityErrorID() common.Hash {
	return common.HexToHash("0xb1c101cfa0ba58605c01ba8e5145261c538e91637b717fed9e80f9655ae698d7")
}

// UnpackDuplicateIdentityError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DuplicateIdentity(address identity)
func (registry *Registry) UnpackDuplicateIdentityError(raw []byte) (*RegistryDuplicateIdentity, error) {
	out := new(RegistryDuplicateIdentity)
	if err := registry.abi.UnpackIntoInterface(out, "DuplicateIdentity", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryIdentityKey represents a IdentityKey error raised by the Registry contract.
type RegistryIdentityKey struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IdentityKey()
func RegistryIdentityKeyErrorID() common.Hash {
	return common.HexToHash("0x523954f3b5090cc845f7091fe4e556ac42fceadebd561caba22cf6cc4f57f8f0")
}

// UnpackIdentityKeyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IdentityKey()
func (registry *Registry) UnpackIdentityKeyError(raw []byte) (*RegistryIdentityKey, error) {
	out := new(RegistryIdentityKey)
	if err := registry.abi.UnpackIntoInterface(out, "IdentityKey", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryIdentitySignature represents a IdentitySignature error raised by the Registry contract.
type RegistryIdentitySignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IdentitySignature()
func RegistryIdentitySignatureErrorID() common.Hash {
	return common.HexToHash("0xe2d12cfc87e5688f1ef0342322885984614f9aab6b916fcc7e9b3d35c99c7ad6")
}

// UnpackIdentitySignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IdentitySignature()
func (registry *Registry) UnpackIdentitySignatureError(raw []byte) (*RegistryIdentitySignature, error) {
	out := new(RegistryIdentitySignature)
	if err := registry.abi.UnpackIntoInterface(out, "IdentitySignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryInvalidPoint represents a InvalidPoint error raised by the Registry contract.
type RegistryInvalidPoint struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidPoint()
func RegistryInvalidPointErrorID() common.Hash {
	return common.HexToHash("0xb8fedf87e792a9d748e133fbebf786ae0bd441dc3d31476dd4f8b972707ef4b4")
}

// UnpackInvalidPointError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidPoint()
func (registry *Registry) UnpackInvalidPointError(raw []byte) (*RegistryInvalidPoint, error) {
	out := new(RegistryInvalidPoint)
	if err := registry.abi.UnpackIntoInterface(out, "InvalidPoint", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryInvalidSignature represents a InvalidSignature error raised by the Registry contract.
type RegistryInvalidSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidSignature()
func RegistryInvalidSignatureErrorID() common.Hash {
	return common.HexToHash("0x8baa579fce362245063d36f11747a89dd489c54795634fc673cc0e0db51fedc5")
}

// UnpackInvalidSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidSignature()
func (registry *Registry) UnpackInvalidSignatureError(raw []byte) (*RegistryInvalidSignature, error) {
	out := new(RegistryInvalidSignature)
	if err := registry.abi.UnpackIntoInterface(out, "InvalidSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryKeyLength represents a KeyLength error raised by the Registry contract.
type RegistryKeyLength struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyLength(uint256 got, uint256 want)
func RegistryKeyLengthErrorID() common.Hash {
	return common.HexToHash("0x27eeca1cf5640e2754c33fc93d9966b8223dd8836d1e170519d69516ca360017")
}

// UnpackKeyLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyLength(uint256 got, uint256 want)
func (registry *Registry) UnpackKeyLengthError(raw []byte) (*RegistryKeyLength, error) {
	out := new(RegistryKeyLength)
	if err := registry.abi.UnpackIntoInterface(out, "KeyLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNoCommittee represents a NoCommittee error raised by the Registry contract.
type RegistryNoCommittee struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoCommittee()
func RegistryNoCommitteeErrorID() common.Hash {
	return common.HexToHash("0x9210c8d6855d55ce8e2121ea0d16eef0817070b04cbaf38dfd9b0a423b26996c")
}

// UnpackNoCommitteeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoCommittee()
func (registry *Registry) UnpackNoCommitteeError(raw []byte) (*RegistryNoCommittee, error) {
	out := new(RegistryNoCommittee)
	if err := registry.abi.UnpackIntoInterface(out, "NoCommittee", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNoIdentity represents a NoIdentity error raised by the Registry contract.
type RegistryNoIdentity struct {
	Member *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoIdentity(uint256 member)
func RegistryNoIdentityErrorID() common.Hash {
	return common.HexToHash("0xecb4e2e39c3c60ce6ac35945f7e0e24d508e85601e0be8bd99b474d267facb61")
}

// UnpackNoIdentityError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoIdentity(uint256 member)
func (registry *Registry) UnpackNoIdentityError(raw []byte) (*RegistryNoIdentity, error) {
	out := new(RegistryNoIdentity)
	if err := registry.abi.UnpackIntoInterface(out, "NoIdentity", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNoSuchEpoch represents a NoSuchEpoch error raised by the Registry contract.
type RegistryNoSuchEpoch struct {
	Epoch   uint64
	Current uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoSuchEpoch(uint64 epoch, uint64 current)
func RegistryNoSuchEpochErrorID() common.Hash {
	return common.HexToHash("0x2d69bdb4207721dff28602ccb6e9135ae09d99ab90aedcdf7fd486f55bf66e76")
}

// UnpackNoSuchEpochError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoSuchEpoch(uint64 epoch, uint64 current)
func (registry *Registry) UnpackNoSuchEpochError(raw []byte) (*RegistryNoSuchEpoch, error) {
	out := new(RegistryNoSuchEpoch)
	if err := registry.abi.UnpackIntoInterface(out, "NoSuchEpoch", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNominatedSize represents a NominatedSize error raised by the Registry contract.
type RegistryNominatedSize struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NominatedSize(uint256 got, uint256 want)
func RegistryNominatedSizeErrorID() common.Hash {
	return common.HexToHash("0x6ca57909780fe3fcb7fdcd8fd1663f12d94186ef02f3effc01d795730c12f2e5")
}

// UnpackNominatedSizeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NominatedSize(uint256 got, uint256 want)
func (registry *Registry) UnpackNominatedSizeError(raw []byte) (*RegistryNominatedSize, error) {
	out := new(RegistryNominatedSize)
	if err := registry.abi.UnpackIntoInterface(out, "NominatedSize", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotLeaving represents a NotLeaving error raised by the Registry contract.
type RegistryNotLeaving struct {
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotLeaving(address account)
func RegistryNotLeavingErrorID() common.Hash {
	return common.HexToHash("0x7fb882b2ddf0b9910254f68ea31272f02d4d16e90aca1bd607253fa4985a8db0")
}

// UnpackNotLeavingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotLeaving(address account)
func (registry *Registry) UnpackNotLeavingError(raw []byte) (*RegistryNotLeaving, error) {
	out := new(RegistryNotLeaving)
	if err := registry.abi.UnpackIntoInterface(out, "NotLeaving", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotNominated represents a NotNominated error raised by the Registry contract.
type RegistryNotNominated struct {
	Member *big.Int
	Got    common.Address
	Want   common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotNominated(uint256 member, address got, address want)
func RegistryNotNominatedErrorID() common.Hash {
	return common.HexToHash("0x1c019400591ac3a6ff893bbfdee55837d87caecd2a4d66d1bc00d20fa9d006ac")
}

// UnpackNotNominatedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotNominated(uint256 member, address got, address want)
func (registry *Registry) UnpackNotNominatedError(raw []byte) (*RegistryNotNominated, error) {
	out := new(RegistryNotNominated)
	if err := registry.abi.UnpackIntoInterface(out, "NotNominated", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotRegistered represents a NotRegistered error raised by the Registry contract.
type RegistryNotRegistered struct {
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotRegistered(address account)
func RegistryNotRegisteredErrorID() common.Hash {
	return common.HexToHash("0xbfc6c337a80b7b8201f77f0a2a54c6e5f7c6fd9124a749804a482fa16ee8a895")
}

// UnpackNotRegisteredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotRegistered(address account)
func (registry *Registry) UnpackNotRegisteredError(raw []byte) (*RegistryNotRegistered, error) {
	out := new(RegistryNotRegistered)
	if err := registry.abi.UnpackIntoInterface(out, "NotRegistered", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotScheduled represents a NotScheduled error raised by the Registry contract.
type RegistryNotScheduled struct {
	Got  [32]byte
	Want [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotScheduled(bytes32 got, bytes32 want)
func RegistryNotScheduledErrorID() common.Hash {
	return common.HexToHash("0xf4438def68dec8ef2f6ee7b3a32a1af3f712fc2fdf5be3a3869f3aa6c57bef8e")
}

// UnpackNotScheduledError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotScheduled(bytes32 got, bytes32 want)
func (registry *Registry) UnpackNotScheduledError(raw []byte) (*RegistryNotScheduled, error) {
	out := new(RegistryNotScheduled)
	if err := registry.abi.UnpackIntoInterface(out, "NotScheduled", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotWritten represents a NotWritten error raised by the Registry contract.
type RegistryNotWritten struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotWritten()
func RegistryNotWrittenErrorID() common.Hash {
	return common.HexToHash("0x93a25cc28691cfcebe9c679d0b0558537cbe541f01f0f6d5eb41ed41f79818b8")
}

// UnpackNotWrittenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotWritten()
func (registry *Registry) UnpackNotWrittenError(raw []byte) (*RegistryNotWritten, error) {
	out := new(RegistryNotWritten)
	if err := registry.abi.UnpackIntoInterface(out, "NotWritten", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryOwnableInvalidOwner represents a OwnableInvalidOwner error raised by the Registry contract.
type RegistryOwnableInvalidOwner struct {
	Owner common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OwnableInvalidOwner(address owner)
func RegistryOwnableInvalidOwnerErrorID() common.Hash {
	return common.HexToHash("0x1e4fbdf7f3ef8bcaa855599e3abf48b232380f183f08f6f813d9ffa5bd585188")
}

// UnpackOwnableInvalidOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OwnableInvalidOwner(address owner)
func (registry *Registry) UnpackOwnableInvalidOwnerError(raw []byte) (*RegistryOwnableInvalidOwner, error) {
	out := new(RegistryOwnableInvalidOwner)
	if err := registry.abi.UnpackIntoInterface(out, "OwnableInvalidOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryOwnableUnauthorizedAccount represents a OwnableUnauthorizedAccount error raised by the Registry contract.
type RegistryOwnableUnauthorizedAccount struct {
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OwnableUnauthorizedAccount(address account)
func RegistryOwnableUnauthorizedAccountErrorID() common.Hash {
	return common.HexToHash("0x118cdaa7a341953d1887a2245fd6665d741c67c8c50581daa59e1d03373fa188")
}

// UnpackOwnableUnauthorizedAccountError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OwnableUnauthorizedAccount(address account)
func (registry *Registry) UnpackOwnableUnauthorizedAccountError(raw []byte) (*RegistryOwnableUnauthorizedAccount, error) {
	out := new(RegistryOwnableUnauthorizedAccount)
	if err := registry.abi.UnpackIntoInterface(out, "OwnableUnauthorizedAccount", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryPrecompileMissing represents a PrecompileMissing error raised by the Registry contract.
type RegistryPrecompileMissing struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PrecompileMissing()
func RegistryPrecompileMissingErrorID() common.Hash {
	return common.HexToHash("0x028b4c5302387e790256368945587a72ead95ed698ed0e5c6675edb7bbbe6106")
}

// UnpackPrecompileMissingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PrecompileMissing()
func (registry *Registry) UnpackPrecompileMissingError(raw []byte) (*RegistryPrecompileMissing, error) {
	out := new(RegistryPrecompileMissing)
	if err := registry.abi.UnpackIntoInterface(out, "PrecompileMissing", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistrySafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the Registry contract.
type RegistrySafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func RegistrySafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (registry *Registry) UnpackSafeERC20FailedOperationError(raw []byte) (*RegistrySafeERC20FailedOperation, error) {
	out := new(RegistrySafeERC20FailedOperation)
	if err := registry.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistrySignatureLength represents a SignatureLength error raised by the Registry contract.
type RegistrySignatureLength struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SignatureLength(uint256 got, uint256 want)
func RegistrySignatureLengthErrorID() common.Hash {
	return common.HexToHash("0xbd1e5002d81ed688fbae722fce1d43d65be9f42c8edcdc6d73f31abc3252a73f")
}

// UnpackSignatureLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SignatureLength(uint256 got, uint256 want)
func (registry *Registry) UnpackSignatureLengthError(raw []byte) (*RegistrySignatureLength, error) {
	out := new(RegistrySignatureLength)
	if err := registry.abi.UnpackIntoInterface(out, "SignatureLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryTooEarly represents a TooEarly error raised by the Registry contract.
type RegistryTooEarly struct {
	Time *big.Int
	From *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooEarly(uint256 time, uint256 from)
func RegistryTooEarlyErrorID() common.Hash {
	return common.HexToHash("0xe58369d1bf8fa4cf500d8cc0c220f6a0845d3ec0e42895d7d9bdf831b8642795")
}

// UnpackTooEarlyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooEarly(uint256 time, uint256 from)
func (registry *Registry) UnpackTooEarlyError(raw []byte) (*RegistryTooEarly, error) {
	out := new(RegistryTooEarly)
	if err := registry.abi.UnpackIntoInterface(out, "TooEarly", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryWrongConfirmation represents a WrongConfirmation error raised by the Registry contract.
type RegistryWrongConfirmation struct {
	Member *big.Int
	Got    common.Address
	Want   common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongConfirmation(uint256 member, address got, address want)
func RegistryWrongConfirmationErrorID() common.Hash {
	return common.HexToHash("0x3b5cda7481e0903c366fe928eedba67213ef10e7cee2d7f94cf4d73cd8ee1c09")
}

// UnpackWrongConfirmationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongConfirmation(uint256 member, address got, address want)
func (registry *Registry) UnpackWrongConfirmationError(raw []byte) (*RegistryWrongConfirmation, error) {
	out := new(RegistryWrongConfirmation)
	if err := registry.abi.UnpackIntoInterface(out, "WrongConfirmation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryWrongEpoch represents a WrongEpoch error raised by the Registry contract.
type RegistryWrongEpoch struct {
	Got  uint64
	Want uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongEpoch(uint64 got, uint64 want)
func RegistryWrongEpochErrorID() common.Hash {
	return common.HexToHash("0x2b9264ec593278cbe059ca68c627e1b8271a7e014abe4c8622c73486c89e1e93")
}

// UnpackWrongEpochError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongEpoch(uint64 got, uint64 want)
func (registry *Registry) UnpackWrongEpochError(raw []byte) (*RegistryWrongEpoch, error) {
	out := new(RegistryWrongEpoch)
	if err := registry.abi.UnpackIntoInterface(out, "WrongEpoch", raw); err != nil {
		return nil, err
	}
	return out, nil
}
