// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rewards} from "../rewards/Rewards.sol";
import {Rounds} from "../rounds/Rounds.sol";
import {Network} from "./Network.sol";

/// @notice What transactions cost, with the 21,000 and the calldata (foundry.toml: isolate). The table in docs/ is measured on
/// a chain of its own; this keeps the limits true while the contracts are being changed.
contract GasTest is Network {
    uint256 internal constant LEAVES = 1000;

    uint64 internal pool;

    function setUp() public {
        deployWithCommittee();
        pool = rewards.createPool(MODEL_ID);
        vm.startPrank(sponsor);
        token.approve(address(rewards), type(uint256).max);
        rewards.deposit(pool, 1_000_000e18);
        vm.stopPrank();
    }

    function account(uint256 i) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("contributor", i)))));
    }

    function tree(uint256 cumulative) internal view returns (bytes32[][] memory) {
        bytes32[] memory leaves = new bytes32[](LEAVES);
        for (uint256 i = 0; i < LEAVES; i++) {
            leaves[i] = leafOf(pool, account(i), cumulative);
        }
        return treeOf(leaves);
    }

    function finish(uint64 round, bytes32 root, uint256 total) internal returns (uint256) {
        Rounds.Certificate memory c = certify(round);
        c.rewardsRoot = root;
        c.pool = pool;
        c.poolTotal = total;
        rounds.finalize(c, certificateSignature(FIRST_SECRET, c));
        return vm.lastCallGas().gasTotalUsed;
    }

    function testFinalize() public {
        vm.assertLe(finish(1, keccak256("1"), 1000e18), 290_000, "first");
        vm.assertLe(finish(2, keccak256("2"), 2000e18), 200_000, "second");
        vm.assertLe(finish(3, keccak256("3"), 3000e18), 200_000, "third");
    }

    /// @dev Rounds without any rewards keep the places of the roots filled.
    function testFinalizeAfterNothing() public {
        finish(1, 0, 0);
        vm.assertLe(finish(2, 0, 0), 200_000, "second");
        vm.assertLe(finish(3, keccak256("3"), 1e18), 200_000, "third");
        vm.assertLe(finish(4, keccak256("4"), 1e18), 200_000, "fourth");
    }

    function testClaim() public {
        bytes32[][] memory first = tree(1e18);
        finish(1, rootOf(first), 1000e18);
        rewards.claim(pool, account(7), 1e18, proofOf(first, 7));
        vm.assertLe(vm.lastCallGas().gasTotalUsed, 105_000, "first claim");

        // the root is found at once in even rounds and one slot later in odd ones
        for (uint64 round = 2; round <= 3; round++) {
            bytes32[][] memory later = tree(round * 1e18);
            finish(round, rootOf(later), round * 1000e18);
            rewards.claim(pool, account(7), round * 1e18, proofOf(later, 7));
            vm.assertLe(vm.lastCallGas().gasTotalUsed, 70_000, "later claim");
        }
    }

    /// @dev Twice the leaves, one more sibling: its calldata and its hash.
    function testClaimGrowth() public {
        vm.assertLe((deepClaim(20) - deepClaim(10)) / 10, 800, "a doubling");
    }

    /// @dev A claim in a tree of 2^depth leaves, of which only the siblings on the way are made up.
    function deepClaim(uint256 depth) internal returns (uint256) {
        address who = account(depth);
        bytes32[] memory proof = new bytes32[](depth);
        bytes32 root = leafOf(pool, who, 1e18);
        for (uint256 i = 0; i < depth; i++) {
            proof[i] = keccak256(abi.encode("sibling", i));
            root = hashPair(root, proof[i]);
        }
        // in both places, so that finding it costs the same
        finish(rounds.lastRound() + 1, root, 0);
        finish(rounds.lastRound() + 1, root, 0);
        rewards.claim(pool, who, 1e18, proof);
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @dev The contributors of a round are only a number in its certificate.
    function testFinalizeIsFlat() public {
        finish(1, keccak256("1"), 0);
        uint256[2] memory gas;
        for (uint64 i = 0; i < 2; i++) {
            Rounds.Certificate memory c = certify(2 + i);
            c.contributors = i == 0 ? 0x01010101 : type(uint32).max;
            rounds.finalize(c, certificateSignature(FIRST_SECRET, c));
            gas[i] = vm.lastCallGas().gasTotalUsed;
        }
        // the hashes have a zero byte here and there
        vm.assertLe(gas[0] > gas[1] ? gas[0] - gas[1] : gas[1] - gas[0], 200, "contributors");
    }

    /// @dev A certificate without a single zero byte.
    function testFullCertificate() public {
        finish(1, keccak256("1"), 0);
        finish(2, keccak256("2"), 0);
        Rounds.Certificate memory c = certify(type(uint64).max);
        c.pool = pool;
        c.descriptor = c.manifest = c.participationRoot = c.aggregate = c.model = bytes32(type(uint256).max);
        c.rewardsRoot = bytes32(type(uint256).max);
        c.droppedLeaves = type(uint256).max;
        c.poolTotal = rewards.deposits(pool);
        c.contributors = c.nodesOpened = c.nodesDropped = type(uint32).max;
        rounds.finalize(c, certificateSignature(FIRST_SECRET, c));
        vm.assertLe(vm.lastCallGas().gasTotalUsed, 200_000, "full");
    }

    function testRegister() public {
        vm.assertLe(register(account(1)), 120_000, "first of all");
        vm.assertLe(register(account(2)), 90_000, "later");
    }

    function register(address who) internal returns (uint256) {
        vm.prank(sponsor);
        token.transfer(who, 2 * STAKE);
        vm.prank(who);
        token.approve(address(registry), type(uint256).max);
        vm.prank(who);
        registry.register();
        return vm.lastCallGas().gasTotalUsed;
    }

    function testClaimMany() public {
        bytes32[][] memory first = tree(1e18);
        finish(1, rootOf(first), 1000e18);
        Rewards.Claim[] memory claims = new Rewards.Claim[](100);
        for (uint256 i = 0; i < claims.length; i++) {
            claims[i] = Rewards.Claim(pool, account(i), 1e18, proofOf(first, i));
        }
        rewards.claimMany(claims);
        vm.assertLe(vm.lastCallGas().gasTotalUsed / claims.length, 72_000, "each");
    }
}
