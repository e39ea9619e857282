// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Rewards} from "../rewards/Rewards.sol";
import {Rounds} from "../rounds/Rounds.sol";
import {SottoToken} from "../sottotoken/SottoToken.sol";
import {Network} from "./Network.sol";

contract RewardsTest is Network {
    uint64 internal pool;
    uint64 internal count;

    function setUp() public {
        deploy();
        pool = rewards.createPool(MODEL_ID);
        fill(pool, 1_000_000e18);
    }

    function fill(uint64 into, uint256 amount) internal {
        vm.startPrank(sponsor);
        token.approve(address(rewards), amount);
        rewards.deposit(into, amount);
        vm.stopPrank();
    }

    /// @dev As Rounds does when a round is finished.
    function award(bytes32 root, uint256 total) internal {
        vm.prank(address(rounds));
        rewards.award(++count, root, pool, total);
    }

    function account(uint256 i) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("contributor", i)))));
    }

    function leavesOf(uint256 n, uint256 each) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](n);
        for (uint256 i = 0; i < n; i++) {
            leaves[i] = leafOf(pool, account(i), each);
        }
    }

    function testDeployedElsewhere() public {
        address elsewhere = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(Rewards.WrongRewards.selector, elsewhere, address(rewards)));
        new Rewards(token, rounds);
    }

    // Pools

    function testCreatePool(address creator) public {
        vm.expectEmit(address(rewards));
        emit Rewards.PoolCreated(2, creator, MODEL_ID);
        vm.prank(creator);
        vm.assertEq(rewards.createPool(MODEL_ID), 2);
        vm.assertEq(rewards.poolCount(), 2);
    }

    function testPoolForAnotherModel(bytes32 other) public {
        vm.assume(other != MODEL_ID);
        vm.expectRevert(abi.encodeWithSelector(Rewards.WrongModel.selector, other, MODEL_ID));
        rewards.createPool(other);
    }

    function testDeposit(uint256 amount) public {
        uint256 before = rewards.deposits(pool);
        amount = 1 + amount % token.balanceOf(sponsor);
        vm.startPrank(sponsor);
        token.approve(address(rewards), amount);
        vm.expectEmit(address(rewards));
        emit Rewards.Deposited(pool, sponsor, amount, before + amount);
        rewards.deposit(pool, amount);
        vm.stopPrank();
        vm.assertEq(rewards.deposits(pool), before + amount);
        vm.assertEq(token.balanceOf(address(rewards)), before + amount);
    }

    function testDepositWithPermit(uint128 amount, bool taken) public {
        uint256 secret = 77;
        address giver = vm.addr(secret);
        vm.assume(amount != 0 && amount <= token.balanceOf(sponsor));
        vm.prank(sponsor);
        token.transfer(giver, amount);
        (uint8 v, bytes32 r, bytes32 s) = permit(secret, address(rewards), amount, 0, type(uint256).max);
        if (taken) token.permit(giver, address(rewards), amount, type(uint256).max, v, r, s);
        uint256 before = rewards.deposits(pool);
        vm.prank(giver);
        rewards.depositWithPermit(pool, amount, type(uint256).max, v, r, s);
        vm.assertEq(rewards.deposits(pool), before + amount);
    }

    function testDepositNothing() public {
        vm.expectRevert(abi.encodeWithSelector(Rewards.NothingDeposited.selector));
        rewards.deposit(pool, 0);
    }

    function testDepositNowhere(uint64 nowhere) public {
        vm.assume(nowhere != pool);
        vm.expectRevert(abi.encodeWithSelector(Rewards.NoSuchPool.selector, nowhere, pool));
        rewards.deposit(nowhere, 1);
    }

    /// @dev A sum that the pool's half of a slot cannot hold is refused, not cut off.
    function testDepositTooMuch(uint256 amount) public {
        uint256 before = rewards.deposits(pool);
        amount = type(uint128).max - before + 1 + amount % 2 ** 200;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, before + amount));
        rewards.deposit(pool, amount);
    }

    function testDepositWithoutAllowance(uint256 amount) public {
        amount = 1 + amount % 1e27;
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rewards), 0, amount)
        );
        vm.prank(sponsor);
        rewards.deposit(pool, amount);
    }

    // Roots

    function testAwardByAStranger(address stranger, bytes32 root) public {
        vm.assume(stranger != address(rounds));
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotRounds.selector, stranger, address(rounds)));
        vm.prank(stranger);
        rewards.award(1, root, pool, 0);
    }

    function testAwardOverdrawn(uint256 total) public {
        uint256 deposited = rewards.deposits(pool);
        vm.assume(total > deposited);
        vm.expectRevert(abi.encodeWithSelector(Rewards.PoolOverdrawn.selector, pool, total, deposited));
        vm.prank(address(rounds));
        rewards.award(1, keccak256("root"), pool, total);
    }

    /// @dev Without a pool nothing can be awarded, and a root can be kept all the same.
    function testAwardWithoutPool(uint64 nowhere, uint256 total) public {
        vm.assume(nowhere != pool && total != 0);
        vm.expectRevert(abi.encodeWithSelector(Rewards.PoolOverdrawn.selector, nowhere, total, 0));
        vm.prank(address(rounds));
        rewards.award(1, keccak256("root"), nowhere, total);
        vm.prank(address(rounds));
        rewards.award(1, keccak256("root"), nowhere, 0);
        vm.assertEq(rewards.roots(1), keccak256("root"));
    }

    /// @dev No root is shown as zero, before the first round as after a round without rewards.
    function testNoRootIsZero() public {
        vm.assertEq(rewards.roots(0), 0);
        vm.assertEq(rewards.roots(1), 0);
        award(keccak256("root"), 0);
        vm.assertEq(rewards.roots(1), keccak256("root"));
        award(0, 0);
        award(0, 0);
        vm.assertEq(rewards.roots(0), 0);
        vm.assertEq(rewards.roots(1), 0);
    }

    // Claims

    /// @dev A tree of any size with any amounts: every leaf can be claimed once, by anybody, and is paid to its account.
    function testClaimAll(uint8 any, uint96[] calldata amounts, address sender) public {
        uint256 n = 1 + uint256(any) % 40;
        uint256[] memory owed = new uint256[](n);
        bytes32[] memory leaves = new bytes32[](n);
        uint256 total;
        for (uint256 i = 0; i < n; i++) {
            owed[i] = 1 + (amounts.length == 0 ? i : amounts[i % amounts.length] % 10_000e18);
            leaves[i] = leafOf(pool, account(i), owed[i]);
            total += owed[i];
        }
        bytes32[][] memory tree = treeOf(leaves);
        award(rootOf(tree), total);

        for (uint256 i = 0; i < n; i++) {
            bytes32[] memory proof = proofOf(tree, i);
            vm.expectEmit(address(rewards));
            emit Rewards.Claimed(pool, account(i), owed[i], owed[i]);
            vm.prank(sender);
            rewards.claim(pool, account(i), owed[i], proof);
            vm.assertEq(token.balanceOf(account(i)), owed[i]);
            vm.assertEq(rewards.claimed(pool, account(i)), owed[i]);
            vm.expectRevert(abi.encodeWithSelector(Rewards.NothingToClaim.selector, pool, account(i), owed[i], owed[i]));
            rewards.claim(pool, account(i), owed[i], proof);
        }
        vm.assertEq(rewards.paid(pool), total);
        vm.assertEq(token.balanceOf(address(rewards)), rewards.deposits(pool) - total);
    }

    /// @dev A claim pays what is new since the last one, however many rounds lie between.
    function testCumulative(uint64[6] calldata steps, uint8 skip) public {
        uint256 cumulative;
        uint256 balance;
        for (uint256 i = 0; i < steps.length; i++) {
            cumulative += steps[i];
            bytes32[][] memory tree = treeOf(leavesOf(5, cumulative));
            award(rootOf(tree), 5 * cumulative);
            bytes32[] memory proof = proofOf(tree, 2);
            if (skip & (1 << i) != 0) continue;
            if (cumulative == balance) {
                vm.expectRevert();
                rewards.claim(pool, account(2), cumulative, proof);
                continue;
            }
            rewards.claim(pool, account(2), cumulative, proof);
            balance = cumulative;
            vm.assertEq(token.balanceOf(account(2)), balance);
        }
    }

    function testInflated(uint8 any, uint8 at, uint256 claimed) public {
        uint256 n = 1 + uint256(any) % 40;
        bytes32[][] memory tree = treeOf(leavesOf(n, 10e18));
        award(rootOf(tree), n * 10e18);
        vm.assume(claimed != 10e18);
        bytes32[] memory proof = proofOf(tree, at % n);
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, account(at % n), claimed));
        rewards.claim(pool, account(at % n), claimed, proof);
    }

    function testAnothersLeaf(uint8 at, address thief) public {
        bytes32[][] memory tree = treeOf(leavesOf(33, 10e18));
        award(rootOf(tree), 330e18);
        vm.assume(thief != account(at % 33));
        bytes32[] memory proof = proofOf(tree, at % 33);
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, thief, 10e18));
        rewards.claim(pool, thief, 10e18, proof);
    }

    function testAnotherPool(uint64 other) public {
        vm.assume(other != pool);
        bytes32[][] memory tree = treeOf(leavesOf(8, 10e18));
        award(rootOf(tree), 80e18);
        bytes32[] memory proof = proofOf(tree, 3);
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, other, account(3), 10e18));
        rewards.claim(other, account(3), 10e18, proof);
    }

    function testWrongProof(uint8 at, uint8 step, bytes32 by) public {
        vm.assume(by != 0);
        bytes32[][] memory tree = treeOf(leavesOf(32, 10e18));
        award(rootOf(tree), 320e18);
        at %= 32;
        bytes32[] memory proof = proofOf(tree, at);
        proof[step % 5] ^= by;
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, account(at), 10e18));
        rewards.claim(pool, account(at), 10e18, proof);

        bytes32[] memory anothers = proofOf(tree, (uint256(at) + 1 + step % 31) % 32);
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, account(at), 10e18));
        rewards.claim(pool, account(at), 10e18, anothers);
    }

    function testProofOfAnotherLength(uint8 at, uint8 length, bytes32 filling) public {
        bytes32[][] memory tree = treeOf(leavesOf(32, 10e18));
        award(rootOf(tree), 320e18);
        at %= 32;
        length %= 12;
        vm.assume(length != 5);
        bytes32[] memory right = proofOf(tree, at);
        bytes32[] memory proof = new bytes32[](length);
        for (uint256 i = 0; i < length; i++) {
            proof[i] = i < 5 ? right[i] : filling;
        }
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, account(at), 10e18));
        rewards.claim(pool, account(at), 10e18, proof);
    }

    /// @dev The last two roots hold; the third last does not.
    function testOldRoot() public {
        bytes32[][] memory tree = treeOf(leavesOf(8, 10e18));
        award(rootOf(tree), 80e18);
        rewards.claim(pool, account(0), 10e18, proofOf(tree, 0));
        award(keccak256("second"), 80e18);
        rewards.claim(pool, account(1), 10e18, proofOf(tree, 1));
        award(keccak256("third"), 80e18);
        bytes32[] memory proof = proofOf(tree, 2);
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, account(2), 10e18));
        rewards.claim(pool, account(2), 10e18, proof);
    }

    /// @dev An older root says less, so after a newer claim it pays nothing.
    function testOlderRootAfterNewer() public {
        bytes32[][] memory older = treeOf(leavesOf(8, 10e18));
        award(rootOf(older), 80e18);
        bytes32[][] memory newer = treeOf(leavesOf(8, 15e18));
        award(rootOf(newer), 120e18);
        rewards.claim(pool, account(0), 15e18, proofOf(newer, 0));
        bytes32[] memory proof = proofOf(older, 0);
        vm.expectRevert(abi.encodeWithSelector(Rewards.NothingToClaim.selector, pool, account(0), 10e18, 15e18));
        rewards.claim(pool, account(0), 10e18, proof);
    }

    /// @dev Before the first round there is nothing that a proof could lead to.
    function testNoRoot(address who, uint256 amount, bytes32[] calldata proof) public {
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, who, amount));
        rewards.claim(pool, who, amount, proof);
    }

    /// @dev A committee that lies about its totals can empty a pool but not reach into another one.
    function testNeverMoreThanDeposited(uint256 claimed) public {
        uint64 other = rewards.createPool(MODEL_ID);
        fill(other, 5e18);
        uint256 deposited = rewards.deposits(pool);
        vm.assume(claimed > deposited);
        bytes32[][] memory tree = treeOf(leavesOf(4, claimed));
        award(rootOf(tree), 0);
        bytes32[] memory proof = proofOf(tree, 0);
        vm.expectRevert(abi.encodeWithSelector(Rewards.PoolEmpty.selector, pool, claimed, deposited));
        rewards.claim(pool, account(0), claimed, proof);
        vm.assertEq(token.balanceOf(address(rewards)), deposited + 5e18);
    }

    function testClaimMany(uint8 any, uint256 already) public {
        uint256 n = 1 + uint256(any) % 40;
        bytes32[][] memory tree = treeOf(leavesOf(n, 10e18));
        award(rootOf(tree), n * 10e18);
        Rewards.Claim[] memory claims = new Rewards.Claim[](n + 1);
        for (uint256 i = 0; i < n; i++) {
            claims[i] = Rewards.Claim(pool, account(i), 10e18, proofOf(tree, i));
        }
        // one of them a second time; and some are claimed by somebody else first
        claims[n] = claims[already % n];
        for (uint256 i = 0; i < n; i++) {
            if (already & (1 << i) != 0) rewards.claim(pool, account(i), 10e18, claims[i].proof);
        }
        rewards.claimMany(claims);
        for (uint256 i = 0; i < n; i++) {
            vm.assertEq(token.balanceOf(account(i)), 10e18);
        }
        vm.assertEq(rewards.paid(pool), n * 10e18);
    }

    function testClaimManyWithAFalseOne() public {
        bytes32[][] memory tree = treeOf(leavesOf(4, 10e18));
        award(rootOf(tree), 40e18);
        Rewards.Claim[] memory claims = new Rewards.Claim[](2);
        claims[0] = Rewards.Claim(pool, account(0), 10e18, proofOf(tree, 0));
        claims[1] = Rewards.Claim(pool, account(1), 11e18, proofOf(tree, 1));
        vm.expectRevert(abi.encodeWithSelector(Rewards.NotInTree.selector, pool, account(1), 11e18));
        rewards.claimMany(claims);
        vm.assertEq(token.balanceOf(account(0)), 0);
    }

    /// @dev The whole way: a signed certificate sets the root, and the reward is claimed under it.
    function testFromCertificate() public {
        deployWithCommittee();
        pool = rewards.createPool(MODEL_ID);
        fill(pool, 100e18);
        bytes32[][] memory tree = treeOf(leavesOf(24, 2e18));
        Rounds.Certificate memory c = certify(1);
        c.pool = pool;
        c.poolTotal = 48e18;
        c.rewardsRoot = rootOf(tree);
        rounds.finalize(c, certificateSignature(FIRST_SECRET, c));
        for (uint256 i = 0; i < 24; i++) {
            rewards.claim(pool, account(i), 2e18, proofOf(tree, i));
        }
        vm.assertEq(token.balanceOf(address(rewards)), 52e18);
    }
}

/// @notice Sponsors deposit, a committee that knows no shame awards, anybody claims anything.
contract PoolActor is Network {
    uint256 internal constant POOLS = 3;
    uint256 internal constant ACCOUNTS = 6;

    uint64 internal count;
    /// @dev the trees behind the last roots, by parity
    uint256[ACCOUNTS * POOLS][2] internal trees;
    mapping(uint64 pool => uint256) public deposited;
    mapping(uint64 pool => uint256) public received;

    constructor(SottoToken token_, Rewards rewards_, address sponsor_) {
        token = token_;
        rewards = rewards_;
        uint256 all = token.totalSupply();
        vm.prank(sponsor_);
        token.transfer(address(this), all);
        token.approve(address(rewards), type(uint256).max);
        for (uint256 i = 0; i < POOLS; i++) {
            rewards.createPool(MODEL_ID);
        }
    }

    function account(uint256 i) internal pure returns (address) {
        return address(uint160(0x10000 + i % ACCOUNTS));
    }

    function deposit(uint64 pool, uint256 amount) external {
        pool = 1 + uint64(pool % POOLS);
        amount = 1 + amount % 100e18;
        rewards.deposit(pool, amount);
        deposited[pool] += amount;
    }

    function award(uint256 seed, uint64 pool, uint256 total) external {
        pool = 1 + uint64(pool % POOLS);
        total %= rewards.deposits(pool) + 1;
        count++;
        uint256[ACCOUNTS * POOLS] storage amounts = trees[count % 2];
        bytes32[] memory leaves = new bytes32[](amounts.length);
        for (uint256 i = 0; i < leaves.length; i++) {
            amounts[i] = uint256(keccak256(abi.encode(seed, i))) % 50e18;
            leaves[i] = leaf(i, amounts[i]);
        }
        bytes32 root = rootOf(treeOf(leaves));
        address by = rewards.rounds();
        vm.prank(by);
        rewards.award(count, root, pool, total);
    }

    function claim(uint256 parity, uint256 at) external {
        uint256[ACCOUNTS * POOLS] storage amounts = trees[parity % 2];
        at %= amounts.length;
        bytes32[] memory leaves = new bytes32[](amounts.length);
        for (uint256 i = 0; i < leaves.length; i++) {
            leaves[i] = leaf(i, amounts[i]);
        }
        bytes32[] memory proof = proofOf(treeOf(leaves), at);
        (uint64 pool, address who) = (1 + uint64(at / ACCOUNTS), account(at));
        uint256 before = token.balanceOf(who);
        try rewards.claim(pool, who, amounts[at], proof) {
            received[pool] += token.balanceOf(who) - before;
        } catch {
            assert(token.balanceOf(who) == before);
        }
    }

    function leaf(uint256 i, uint256 amount) internal pure returns (bytes32) {
        return leafOf(1 + uint64(i / ACCOUNTS), account(i), amount);
    }
}

contract PoolsInvariantTest is Network {
    PoolActor internal actor;

    function setUp() public {
        deploy();
        actor = new PoolActor(token, rewards, sponsor);
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(actor);
    }

    /// @dev No pool pays more than was deposited in it, and the contract holds what is left of all.
    function invariantPools() public view {
        uint256 left;
        for (uint64 pool = 1; pool <= 3; pool++) {
            vm.assertEq(rewards.deposits(pool), actor.deposited(pool));
            vm.assertEq(rewards.paid(pool), actor.received(pool));
            vm.assertLe(rewards.paid(pool), rewards.deposits(pool));
            left += rewards.deposits(pool) - rewards.paid(pool);
        }
        vm.assertEq(token.balanceOf(address(rewards)), left);
    }
}
