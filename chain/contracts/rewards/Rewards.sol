// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Rounds} from "../rounds/Rounds.sol";

/// @title Sponsors' pools and the contributors' claims on them
/// @notice Rewards are cumulative. Every certificate carries the root of a Merkle tree with one leaf for each pair of a pool
/// and an account: all that the pool has awarded to the account since the beginning. A claim pays what was not paid yet, so
/// one claim covers any number of rounds, and a claim that is sent twice pays once. Anybody may send a claim; the money goes
/// to the account in the leaf.
/// @dev Leaves are keccak256(keccak256(abi.encode(pool, account, cumulative))); pairs are sorted before they are hashed. The
/// double hash keeps a leaf from being taken for an inner node. Trees belong to this contract because only its own Rounds
/// sets the roots.
contract Rewards {
    using SafeERC20 for IERC20;

    /// @notice What one claim is for: the leaf and its proof.
    struct Claim {
        uint64 pool;
        address account;
        uint256 cumulative;
        bytes32[] proof;
    }

    /// @dev One slot: a claim writes it once.
    struct Pool {
        uint128 deposited;
        uint128 paid;
    }

    /// @notice Only the Rounds contract sets roots.
    error NotRounds(address sender, address rounds);
    /// @notice The Rounds contract that this one was made for names another Rewards.
    error WrongRewards(address got, address want);
    /// @notice A pool for a model that this deployment does not train.
    error WrongModel(bytes32 got, bytes32 want);
    /// @notice No pool has this number; the last one is `last`.
    error NoSuchPool(uint64 pool, uint64 last);
    /// @notice A deposit of nothing.
    error NothingDeposited();
    /// @notice More was awarded from the pool than was ever deposited in it.
    error PoolOverdrawn(uint64 pool, uint256 total, uint256 deposited);
    /// @notice The proof leads neither to the current root nor to the one before it.
    error NotInTree(uint64 pool, address account, uint256 cumulative);
    /// @notice The account has already been paid all of this.
    error NothingToClaim(uint64 pool, address account, uint256 cumulative, uint256 paid);
    /// @notice The pool has less left than the claim asks for.
    error PoolEmpty(uint64 pool, uint256 amount, uint256 left);

    /// @notice A sponsor has opened a pool for a model.
    event PoolCreated(uint64 indexed pool, address indexed sponsor, bytes32 modelId);
    /// @notice A pool has grown by `amount` to `deposited`.
    event Deposited(uint64 indexed pool, address indexed from, uint256 amount, uint256 deposited);
    /// @notice An account has been paid `amount`, in all `cumulative`.
    event Claimed(uint64 indexed pool, address indexed account, uint256 amount, uint256 cumulative);

    /// @notice The token of every pool.
    IERC20 public immutable token;
    /// @notice The contract that sets the roots.
    address public immutable rounds;
    /// @notice The model that every pool is for.
    bytes32 public immutable modelId;

    /// @dev Stands for no root: nothing leads to it. It is not zero because filling a new slot costs 17,100 gas more than
    /// overwriting one, which is for the deployer to pay and not for the first rounds.
    bytes32 private constant NO_ROOT = bytes32(uint256(1));

    /// @dev The last two roots; each round overwrites the older one.
    bytes32[2] private held = [NO_ROOT, NO_ROOT];

    /// @notice The number of pools; they are numbered from 1.
    uint64 public poolCount;

    mapping(uint64 pool => Pool) private pools;

    /// @notice What an account has been paid from a pool.
    mapping(uint64 pool => mapping(address account => uint256)) public claimed;

    /// @param token_ what pools are paid in.
    /// @param rounds_ the Rounds contract, which must already name this contract as its Rewards.
    constructor(IERC20 token_, Rounds rounds_) {
        address want = address(rounds_.rewards());
        require(want == address(this), WrongRewards(address(this), want));
        token = token_;
        rounds = address(rounds_);
        modelId = rounds_.modelId();
    }

    /// @notice Opens a pool for the model of this deployment.
    /// @return pool its number.
    function createPool(bytes32 modelId_) external returns (uint64 pool) {
        require(modelId_ == modelId, WrongModel(modelId_, modelId));
        pool = ++poolCount;
        emit PoolCreated(pool, msg.sender, modelId_);
    }

    /// @notice Moves `amount` from the sender to a pool. What is in a pool stays there until it is claimed.
    function deposit(uint64 pool, uint256 amount) public {
        require(pool != 0 && pool <= poolCount, NoSuchPool(pool, poolCount));
        require(amount != 0, NothingDeposited());
        uint128 deposited = SafeCast.toUint128(pools[pool].deposited + amount);
        pools[pool].deposited = deposited;
        emit Deposited(pool, msg.sender, amount, deposited);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice `deposit` with an allowance given by signature (EIP-2612).
    function depositWithPermit(uint64 pool, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // anybody may have used the permit already; then the allowance is there, and the transfer decides
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        deposit(pool, amount);
    }

    /// @notice All that was ever deposited in a pool; 0 for a pool that does not exist.
    function deposits(uint64 pool) external view returns (uint256) {
        return pools[pool].deposited;
    }

    /// @notice All that was ever paid from a pool.
    function paid(uint64 pool) external view returns (uint256) {
        return pools[pool].paid;
    }

    /// @notice The roots of the last two finished rounds, in the places 0 and 1: that of the n-th round to be finished is in place
    /// n mod 2. A claim under either is valid, so that one that was made while a round was being finished is not lost.
    /// @return the root; 0 if there is none.
    function roots(uint256 place) external view returns (bytes32) {
        bytes32 root = held[place];
        return root == NO_ROOT ? bytes32(0) : root;
    }

    /// @notice Takes the root of a round that is being finished.
    /// @param count how many rounds have been finished with it.
    /// @param root the Merkle root of all rewards so far; 0 while there are none.
    /// @param pool the pool that the round's rewards come from.
    /// @param total all that this pool has awarded in all rounds.
    function award(uint64 count, bytes32 root, uint64 pool, uint256 total) external {
        require(msg.sender == rounds, NotRounds(msg.sender, rounds));
        uint256 deposited = pools[pool].deposited;
        require(total <= deposited, PoolOverdrawn(pool, total, deposited));
        held[count % 2] = root == 0 ? NO_ROOT : root;
    }

    /// @notice Pays an account what it has not been paid yet.
    /// @param cumulative all that the account was awarded from the pool, as in its leaf.
    /// @param proof the leaf's siblings, lowest first.
    function claim(uint64 pool, address account, uint256 cumulative, bytes32[] calldata proof) external {
        if (!pay(pool, account, cumulative, proof)) {
            revert NothingToClaim(pool, account, cumulative, claimed[pool][account]);
        }
    }

    /// @notice Pays every claim of a list. Claims that were paid already are passed over, so that nobody can stop a list by
    /// sending one of its claims first.
    function claimMany(Claim[] calldata claims) external {
        for (uint256 i = 0; i < claims.length; i++) {
            pay(claims[i].pool, claims[i].account, claims[i].cumulative, claims[i].proof);
        }
    }

    /// @return false if there was nothing left to pay.
    function pay(uint64 pool, address account, uint256 cumulative, bytes32[] calldata proof) private returns (bool) {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(pool, account, cumulative))));
        bytes32 root = MerkleProof.processProofCalldata(proof, leaf);
        require(root == held[0] || root == held[1], NotInTree(pool, account, cumulative));

        uint256 before = claimed[pool][account];
        if (cumulative <= before) return false;
        uint256 amount = cumulative - before;
        Pool memory p = pools[pool];
        require(amount <= p.deposited - p.paid, PoolEmpty(pool, amount, p.deposited - p.paid));

        claimed[pool][account] = cumulative;
        pools[pool].paid = p.paid + uint128(amount);
        emit Claimed(pool, account, amount, cumulative);
        token.safeTransfer(account, amount);
        return true;
    }
}
