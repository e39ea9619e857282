// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../bls/BLS.sol";
import {Registry} from "../registry/Registry.sol";
import {Rewards} from "../rewards/Rewards.sol";
import {Rounds} from "../rounds/Rounds.sol";
import {Network} from "./Network.sol";

contract RoundsTest is Network {
    uint256 internal constant FIELDS = 15;

    function setUp() public {
        deployWithCommittee();
    }

    function finish(uint64 round) internal returns (Rounds.Certificate memory c, bytes memory signature) {
        c = certify(round);
        signature = certificateSignature(FIRST_SECRET, c);
        rounds.finalize(c, signature);
    }

    /// @dev Nothing has happened, whatever was tried.
    function assertAt(uint64 round, uint64 count, bytes32 head, bytes32 model) internal view {
        vm.assertEq(rounds.lastRound(), round);
        vm.assertEq(rounds.count(), count);
        vm.assertEq(rounds.head(), head);
        vm.assertEq(rounds.model(), model);
    }

    function testGenesis() public view {
        bytes32 head =
            keccak256(bytes.concat(bytes32(vm.getChainId()), bytes20(address(rounds)), MODEL_ID, FIRST_MODEL));
        assertAt(0, 0, head, FIRST_MODEL);
        vm.assertEq(rounds.modelId(), MODEL_ID);
        vm.assertEq(address(rounds.registry()), address(registry));
        vm.assertEq(address(rounds.rewards()), address(rewards));
    }

    function testDeployedElsewhere() public {
        address elsewhere = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(Rounds.WrongRounds.selector, elsewhere, address(rounds)));
        new Rounds(registry, rewards, MODEL_ID, FIRST_MODEL);
    }

    function testFinalize() public {
        Rounds.Certificate memory c = certify(1);
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        bytes32 head = keccak256(certificateMessage(c));
        vm.expectEmit(address(rounds));
        emit Rounds.RoundFinalized(1, head, c, signature);
        vm.prank(address(0xbeef));
        rounds.finalize(c, signature);
        assertAt(1, 1, head, c.model);
    }

    function testMessage(Rounds.Certificate memory c, uint64 chain) public {
        vm.assume(chain != 0);
        vm.chainId(chain);
        bytes memory message = rounds.message(c);
        vm.assertEq(message.length, 397);
        vm.assertEq(message, certificateMessage(c));
    }

    /// @dev Any certificate that follows is accepted, by any committee, on any chain.
    function testAny(Rounds.Certificate memory c, uint256 any, uint64 chain) public {
        vm.assume(c.round > 0 && chain != 0);
        vm.chainId(chain);
        deploy();
        uint256 secret = toSecret(any);
        Registry.Proposal memory p = propose(1, 4, secret);
        nominate(p);
        registry.installCommittee(p, possession(secret, p), confirmations(p));

        c.epoch = 1;
        c.previousHead = rounds.head();
        c.poolTotal = 0;
        rounds.finalize(c, certificateSignature(secret, c));
        assertAt(c.round, 1, keccak256(certificateMessage(c)), c.model);
        vm.assertEq(rewards.roots(1), c.rewardsRoot);
    }

    /// @dev Rounds may be skipped; the heads make a chain all the same.
    function testMany(uint8[5] calldata steps) public {
        uint64 round;
        for (uint64 i = 0; i < steps.length; i++) {
            round += 1 + uint64(steps[i]);
            bytes32 before = rounds.head();
            (Rounds.Certificate memory c,) = finish(round);
            vm.assertEq(c.previousHead, before);
            assertAt(round, i + 1, keccak256(certificateMessage(c)), c.model);
            vm.assertEq(rewards.roots((i + 1) % 2), c.rewardsRoot);
        }
    }

    /// @dev Each field is signed: change any one, by anything, and the certificate is refused.
    function testAltered(uint256 field, uint256 by) public {
        finish(1);
        Rounds.Certificate memory c = certify(2);
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        bytes32 head = rounds.head();
        bytes32 model = rounds.model();

        alter(c, field % FIELDS, by);
        vm.expectRevert();
        rounds.finalize(c, signature);
        assertAt(1, 1, head, model);
    }

    /// @dev The same for each field in turn, with the reason.
    function testAlteredFields() public {
        finish(1);
        for (uint256 field = 0; field < FIELDS; field++) {
            Rounds.Certificate memory c = certify(2);
            bytes memory signature = certificateSignature(FIRST_SECRET, c);
            alter(c, field, 0);
            bytes memory reason = abi.encodeWithSelector(BLS.InvalidSignature.selector);
            if (field == 0) reason = abi.encodeWithSelector(Rounds.WrongEpoch.selector, c.epoch, 1);
            if (field == 2) reason = abi.encodeWithSelector(Rounds.WrongHead.selector, c.previousHead, rounds.head());
            vm.expectRevert(reason);
            rounds.finalize(c, signature);
        }
    }

    function testReplay() public {
        (Rounds.Certificate memory c, bytes memory signature) = finish(1);
        vm.expectRevert(abi.encodeWithSelector(Rounds.RoundNotNew.selector, 1, 1));
        rounds.finalize(c, signature);
        finish(2);
        vm.expectRevert(abi.encodeWithSelector(Rounds.RoundNotNew.selector, 1, 2));
        rounds.finalize(c, signature);
    }

    /// @dev Even with the committee's signature a round cannot be finished late.
    function testEarlierRound(uint64 last, uint64 round) public {
        vm.assume(last != 0);
        finish(last);
        round %= last + (last == type(uint64).max ? 0 : 1);
        Rounds.Certificate memory c = certify(round);
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        vm.expectRevert(abi.encodeWithSelector(Rounds.RoundNotNew.selector, round, last));
        rounds.finalize(c, signature);
    }

    /// @dev Of two certificates for the same head one is accepted: no fork, even with the committee's signature on both.
    function testFork() public {
        Rounds.Certificate memory a = certify(1);
        Rounds.Certificate memory b = certify(2);
        bytes memory signature = certificateSignature(FIRST_SECRET, b);
        rounds.finalize(a, certificateSignature(FIRST_SECRET, a));
        vm.expectRevert(abi.encodeWithSelector(Rounds.WrongHead.selector, b.previousHead, rounds.head()));
        rounds.finalize(b, signature);
    }

    function testOtherChain(uint64 other) public {
        vm.assume(other != 0 && other != vm.getChainId());
        Rounds.Certificate memory c = certify(1);
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        vm.chainId(other);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        rounds.finalize(c, signature);
    }

    /// @dev A second deployment with the same committee key does not take the first one's certificates.
    function testOtherContract() public {
        Rounds first = rounds;
        deployWithCommittee();
        Rounds second = rounds;
        rounds = first;
        Rounds.Certificate memory c = certify(1);
        c.previousHead = second.head();
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        second.finalize(c, signature);
    }

    function testOtherKey(uint256 any) public {
        uint256 secret = toSecret(any);
        vm.assume(secret != FIRST_SECRET);
        Rounds.Certificate memory c = certify(1);
        bytes memory signature = certificateSignature(secret, c);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        rounds.finalize(c, signature);
    }

    /// @dev What the committee signs for another purpose is not a certificate.
    function testOtherLabel() public {
        Rounds.Certificate memory c = certify(1);
        bytes memory message = certificateMessage(c);
        // as long as the right one
        bytes memory other = label("sotto/v1 descriptors");
        for (uint256 i = 0; i < other.length; i++) {
            message[i] = other[i];
        }
        bytes memory signature = blsSign(FIRST_SECRET, message);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        rounds.finalize(c, signature);
    }

    function testSignatureForm(uint16 length) public {
        vm.assume(length != 128);
        Rounds.Certificate memory c = certify(1);
        vm.expectRevert(abi.encodeWithSelector(BLS.SignatureLength.selector, length, 128));
        rounds.finalize(c, new bytes(length));
        vm.expectRevert(abi.encodeWithSelector(BLS.IdentitySignature.selector));
        rounds.finalize(c, new bytes(128));
        bytes memory longer = bytes.concat(certificateSignature(FIRST_SECRET, c), hex"00");
        vm.expectRevert(abi.encodeWithSelector(BLS.SignatureLength.selector, 129, 128));
        rounds.finalize(c, longer);
    }

    function testWithoutCommittee() public {
        deploy();
        Rounds.Certificate memory c = certify(1);
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        vm.expectRevert(abi.encodeWithSelector(Rounds.NoCommittee.selector));
        rounds.finalize(c, signature);
    }

    /// @dev After a rotation the old key signs nothing any more, whichever epoch it claims, and the new one does.
    function testRotation() public {
        finish(1);
        Registry.Proposal memory p = propose(2, 7, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        registry.rotateCommittee(p, possession(SECOND_SECRET, p), confirmations(p), handover);

        Rounds.Certificate memory c = certify(2);
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        rounds.finalize(c, signature);
        c.epoch = 1;
        signature = certificateSignature(FIRST_SECRET, c);
        vm.expectRevert(abi.encodeWithSelector(Rounds.WrongEpoch.selector, 1, 2));
        rounds.finalize(c, signature);
        c.epoch = 2;
        rounds.finalize(c, certificateSignature(SECOND_SECRET, c));
        vm.assertEq(rounds.lastRound(), 2);
    }

    /// @dev Nothing is awarded that was not deposited.
    function testPool(uint128 deposited, uint256 total) public {
        vm.assume(deposited > 0 && deposited <= token.totalSupply());
        uint64 pool = rewards.createPool(MODEL_ID);
        vm.startPrank(sponsor);
        token.approve(address(rewards), deposited);
        rewards.deposit(pool, deposited);
        vm.stopPrank();

        Rounds.Certificate memory c = certify(1);
        c.pool = pool;
        c.poolTotal = total;
        bytes memory signature = certificateSignature(FIRST_SECRET, c);
        bytes32 head = rounds.head();
        if (total > deposited) {
            vm.expectRevert(abi.encodeWithSelector(Rewards.PoolOverdrawn.selector, pool, total, deposited));
            rounds.finalize(c, signature);
            assertAt(0, 0, head, FIRST_MODEL);
        } else {
            rounds.finalize(c, signature);
            vm.assertEq(rewards.roots(1), c.rewardsRoot);
        }
    }

    /// @dev Changes one field: word `field` of the certificate, within its width.
    function alter(Rounds.Certificate memory c, uint256 field, uint256 by) internal pure {
        uint256 width = 256;
        if (field == 0 || field == 1 || field == 10) width = 64;
        if (field >= 12) width = 32;
        by = 1 + by % (type(uint256).max >> (256 - width));
        assembly ("memory-safe") {
            let word := add(c, mul(field, 32))
            mstore(word, xor(mload(word), by))
        }
    }
}
