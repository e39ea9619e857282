// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {BLS} from "../bls/BLS.sol";
import {Registry} from "../registry/Registry.sol";
import {Rounds} from "../rounds/Rounds.sol";
import {Network} from "./Network.sol";
import {Vectors} from "./Vectors.sol";

contract ContributorsTest is Network {
    uint256 internal constant SECRET = uint256(keccak256("contributor"));
    address internal immutable account = vm.addr(SECRET);

    function setUp() public {
        deploy();
        fund(account);
    }

    function fund(address who) internal {
        vm.prank(sponsor);
        token.transfer(who, STAKE);
        vm.prank(who);
        token.approve(address(registry), STAKE);
    }

    function testRegister() public {
        vm.assertFalse(registry.isRegistered(account));
        vm.expectEmit(address(registry));
        emit Registry.ContributorRegistered(account);
        vm.prank(account);
        registry.register();
        vm.assertTrue(registry.isRegistered(account));
        vm.assertEq(registry.contributorCount(), 1);
        vm.assertEq(token.balanceOf(account), 0);
        vm.assertEq(token.balanceOf(address(registry)), STAKE);
    }

    function testRegisterTwice() public {
        vm.prank(account);
        registry.register();
        fund(account);
        vm.expectRevert(abi.encodeWithSelector(Registry.AlreadyRegistered.selector, account));
        vm.prank(account);
        registry.register();
    }

    function testRegisterWithoutStake(uint256 allowance) public {
        allowance %= STAKE;
        vm.prank(account);
        token.approve(address(registry), allowance);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(registry), allowance, STAKE
            )
        );
        vm.prank(account);
        registry.register();
        vm.assertFalse(registry.isRegistered(account));
        vm.assertEq(registry.contributorCount(), 0);
    }

    function testRegisterWithPermit(uint256 deadline, bool taken) public {
        vm.assume(deadline >= vm.getBlockTimestamp());
        vm.prank(account);
        token.approve(address(registry), 0);
        (uint8 v, bytes32 r, bytes32 s) = permit(SECRET, address(registry), STAKE, 0, deadline);
        // somebody who sees the permit and sends it first stops nothing
        if (taken) token.permit(account, address(registry), STAKE, deadline, v, r, s);
        vm.prank(account);
        registry.registerWithPermit(deadline, v, r, s);
        vm.assertTrue(registry.isRegistered(account));
    }

    function testRegisterWithAnothersPermit() public {
        address other = vm.addr(9);
        (uint8 v, bytes32 r, bytes32 s) = permit(SECRET, address(registry), STAKE, 0, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(registry), 0, STAKE)
        );
        vm.prank(other);
        registry.registerWithPermit(type(uint256).max, v, r, s);
    }

    function testExit(uint32 wait) public {
        vm.startPrank(account);
        registry.register();
        vm.expectRevert(abi.encodeWithSelector(Registry.NotLeaving.selector, account));
        registry.withdraw();

        vm.expectEmit(address(registry));
        emit Registry.ContributorLeft(account);
        registry.requestExit();
        vm.assertFalse(registry.isRegistered(account));
        vm.assertEq(registry.contributorCount(), 0);
        uint256 from = vm.getBlockTimestamp() + EXIT_DELAY;
        vm.assertEq(registry.withdrawableFrom(account), from);

        vm.warp(vm.getBlockTimestamp() + wait);
        if (wait < EXIT_DELAY) {
            vm.expectRevert(abi.encodeWithSelector(Registry.TooEarly.selector, vm.getBlockTimestamp(), from));
            registry.withdraw();
            vm.expectRevert(abi.encodeWithSelector(Registry.AlreadyRegistered.selector, account));
            registry.register();
            vm.expectRevert(abi.encodeWithSelector(Registry.NotRegistered.selector, account));
            registry.requestExit();
            vm.warp(from);
        }
        vm.expectEmit(address(registry));
        emit Registry.StakeWithdrawn(account, STAKE);
        registry.withdraw();
        vm.assertEq(token.balanceOf(account), STAKE);
        vm.expectRevert(abi.encodeWithSelector(Registry.NotLeaving.selector, account));
        registry.withdraw();

        // and again
        token.approve(address(registry), STAKE);
        registry.register();
        vm.assertTrue(registry.isRegistered(account));
    }

    function testExitOfAStranger(address stranger) public {
        vm.expectRevert(abi.encodeWithSelector(Registry.NotRegistered.selector, stranger));
        vm.prank(stranger);
        registry.requestExit();
    }

    /// @dev Whatever a few accounts do: the registry holds the stakes of those who are registered or leaving, no more, no less.
    function testStakes(uint8[40] calldata steps) public {
        uint256 present;
        uint256 leaving;
        for (uint256 i = 0; i < steps.length; i++) {
            address who = vm.addr(100 + steps[i] % 4);
            uint256 what = (steps[i] / 4) % 4;
            bool registered = registry.isRegistered(who);
            uint256 from = registry.withdrawableFrom(who);
            bool can;
            if (what == 0) {
                can = !registered && from == 0;
                if (can) fund(who);
                present += can ? 1 : 0;
                vm.prank(who);
                if (!can) vm.expectRevert();
                registry.register();
            } else if (what == 1) {
                can = registered;
                present -= can ? 1 : 0;
                leaving += can ? 1 : 0;
                vm.prank(who);
                if (!can) vm.expectRevert();
                registry.requestExit();
            } else if (what == 2) {
                can = from != 0 && vm.getBlockTimestamp() >= from;
                leaving -= can ? 1 : 0;
                vm.prank(who);
                if (!can) vm.expectRevert();
                registry.withdraw();
            } else {
                vm.warp(vm.getBlockTimestamp() + EXIT_DELAY / 2);
            }
            vm.assertEq(registry.contributorCount(), present);
            vm.assertEq(token.balanceOf(address(registry)), (present + leaving) * STAKE);
        }
    }
}

contract CommitteesTest is Network {
    function setUp() public {
        deploy();
    }

    function size(uint8 any) internal pure returns (uint256) {
        return 4 + 3 * (uint256(any) % 3);
    }

    function first() internal returns (Registry.Proposal memory p) {
        p = propose(1, 4, FIRST_SECRET);
        nominate(p);
    }

    function installFirst() internal {
        Registry.Proposal memory p = first();
        registry.installCommittee(p, possession(FIRST_SECRET, p), confirmations(p));
    }

    // What is signed

    function testSignedBytes(uint64 epoch, uint8 n, uint256 any, uint64 chain) public {
        vm.assume(chain != 0);
        vm.chainId(chain);
        Registry.Proposal memory p = propose(epoch, size(n), toSecret(any));
        vm.assertEq(registry.hashKeyList(p.members), keyListHash(p));
        vm.assertEq(registry.confirmationDigest(p), confirmationDigest(p));
        vm.assertEq(registry.possessionMessage(p), possessionMessage(p));
        vm.assertEq(registry.rotationMessage(p), rotationMessage(p));
        vm.assertEq(registry.proposalHash(p), keccak256(abi.encode(chain, address(registry), p)));
        vm.assertEq(registry.possessionMessage(p).length, 344);
        vm.assertEq(registry.rotationMessage(p).length, 407);
    }

    // Nomination

    function testNominate(uint8 any) public {
        address[] memory list = identities(propose(1, size(any), 1));
        vm.expectEmit(address(registry));
        emit Registry.CommitteeNominated(list);
        vm.prank(owner);
        registry.nominate(list);
        vm.assertEq(registry.nominated(), list);
    }

    function testNominateSize(uint8 n) public {
        vm.assume(n != 4 && n != 7 && n != 10);
        vm.expectRevert(abi.encodeWithSelector(Registry.CommitteeSize.selector, n));
        vm.prank(owner);
        registry.nominate(new address[](n));
    }

    function testNominateTwins(uint8 any, uint8 a, uint8 b) public {
        address[] memory list = identities(propose(1, size(any), 1));
        vm.assume(a % list.length != b % list.length);
        list[a % list.length] = list[b % list.length];
        vm.expectRevert(abi.encodeWithSelector(Registry.DuplicateIdentity.selector, list[b % list.length]));
        vm.prank(owner);
        registry.nominate(list);
    }

    function testNominateNobody(uint8 any, uint8 at) public {
        address[] memory list = identities(propose(1, size(any), 1));
        list[at % list.length] = address(0);
        vm.expectRevert(abi.encodeWithSelector(Registry.NoIdentity.selector, 1 + at % list.length));
        vm.prank(owner);
        registry.nominate(list);
    }

    function testNominateByAStranger(address stranger) public {
        vm.assume(stranger != owner);
        address[] memory list = identities(propose(1, 4, 1));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        vm.prank(stranger);
        registry.nominate(list);
    }

    // The first committee

    function testInstall(uint8 any, uint256 anySecret) public {
        uint256 secret = toSecret(anySecret);
        Registry.Proposal memory p = propose(1, size(any), secret);
        nominate(p);
        bytes memory signature = possession(secret, p);
        bytes[] memory signed = confirmations(p);
        vm.roll(1234);
        vm.expectEmit(address(registry));
        emit Registry.CommitteeInstalled(1, keyListHash(p), p.transcript, p.groupKey, p.members);
        vm.prank(address(0xbeef));
        registry.installCommittee(p, signature, signed);

        vm.assertEq(registry.epoch(), 1);
        vm.assertEq(registry.groupKey(1), p.groupKey);
        (bytes32 list, uint8 members, uint64 installed, bytes32 key) = registry.committee(1);
        vm.assertEq(list, keyListHash(p));
        vm.assertEq(members, p.members.length);
        vm.assertEq(installed, 1234);
        vm.assertEq(key, keccak256(p.groupKey));
        (uint64 epoch, address keyStore) = registry.current();
        vm.assertEq(epoch, 1);
        vm.assertEq(keyStore.code, bytes.concat(hex"00", p.groupKey));
    }

    /// @dev The account that holds the key cannot be run.
    function testKeyStoreStops() public {
        installFirst();
        (, address keyStore) = registry.current();
        (bool ok, bytes memory answer) = keyStore.call("");
        vm.assertTrue(ok);
        vm.assertEq(answer.length, 0);
    }

    function testInstallTwice() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        nominate(p);
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(Registry.CommitteeExists.selector, 1));
        registry.installCommittee(p, signature, signed);
    }

    function testInstallUnnominated() public {
        Registry.Proposal memory p = propose(1, 4, FIRST_SECRET);
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(Registry.NominatedSize.selector, 4, 0));
        registry.installCommittee(p, signature, signed);

        // the same members in another order are not the same committee
        (p.members[1], p.members[2]) = (p.members[2], p.members[1]);
        nominate(p);
        (p.members[1], p.members[2]) = (p.members[2], p.members[1]);
        address got = p.members[1].identity;
        address want = p.members[2].identity;
        vm.expectRevert(abi.encodeWithSelector(Registry.NotNominated.selector, 2, got, want));
        registry.installCommittee(p, signature, signed);
    }

    function testInstallWrongEpoch(uint64 epoch) public {
        vm.assume(epoch != 1);
        Registry.Proposal memory p = propose(epoch, 4, FIRST_SECRET);
        nominate(p);
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(Registry.WrongEpoch.selector, epoch, 1));
        registry.installCommittee(p, signature, signed);
    }

    // Confirmations

    function testForgedConfirmation(uint8 any, uint8 at, uint256 forger) public {
        Registry.Proposal memory p = propose(1, size(any), FIRST_SECRET);
        nominate(p);
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        at %= uint8(p.members.length);
        forger = 1 + forger % type(uint128).max;
        address want = p.members[at].identity;
        vm.assume(vm.addr(forger) != want);
        signed[at] = confirm(forger, confirmationDigest(p));
        vm.expectRevert(
            abi.encodeWithSelector(Registry.WrongConfirmation.selector, uint256(at) + 1, vm.addr(forger), want)
        );
        registry.installCommittee(p, signature, signed);
    }

    function testConfirmationThatIsNone(bytes calldata nonsense) public {
        vm.assume(nonsense.length != 65);
        Registry.Proposal memory p = first();
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        signed[3] = nonsense;
        address want = p.members[3].identity;
        vm.expectRevert(abi.encodeWithSelector(Registry.WrongConfirmation.selector, 4, address(0), want));
        registry.installCommittee(p, signature, signed);
    }

    /// @dev Every ECDSA signature has a twin with the other s; it is refused.
    function testConfirmationsTwin(uint8 at) public {
        Registry.Proposal memory p = first();
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        at %= 4;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(memberSecret(1, at + 1), confirmationDigest(p));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        signed[at] = abi.encodePacked(r, order - uint256(s), v == 27 ? uint8(28) : uint8(27));
        address want = p.members[at].identity;
        vm.expectRevert(abi.encodeWithSelector(Registry.WrongConfirmation.selector, uint256(at) + 1, address(0), want));
        registry.installCommittee(p, signature, signed);
    }

    function testMissingConfirmation(uint8 n) public {
        n %= 16;
        vm.assume(n != 4);
        Registry.Proposal memory p = first();
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory some = new bytes[](n);
        bytes[] memory signed = confirmations(p);
        for (uint256 i = 0; i < n; i++) {
            some[i] = signed[i % 4];
        }
        vm.expectRevert(abi.encodeWithSelector(Registry.ConfirmationCount.selector, n, 4));
        registry.installCommittee(p, signature, some);
    }

    function testSwappedConfirmations() public {
        Registry.Proposal memory p = first();
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        (signed[0], signed[1]) = (signed[1], signed[0]);
        vm.expectRevert(
            abi.encodeWithSelector(Registry.WrongConfirmation.selector, 1, p.members[1].identity, p.members[0].identity)
        );
        registry.installCommittee(p, signature, signed);
    }

    /// @dev Members confirm everything: change any one part of the proposal afterwards and it is refused.
    function testAlteredProposal(uint8 what, uint8 at, bytes32 by) public {
        vm.assume(by != 0);
        Registry.Proposal memory p = first();
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        at %= 4;
        what %= 4;
        if (what == 0) p.transcript ^= by;
        if (what == 1) p.members[at].hpkeKeyHash ^= by;
        if (what == 2) p.members[at].dkgKeyHash ^= by;
        if (what == 3) {
            uint256 secret = toSecret(uint256(by));
            vm.assume(secret != FIRST_SECRET);
            p.groupKey = publicKey(secret);
            signature = possession(secret, p);
        }
        vm.expectRevert();
        registry.installCommittee(p, signature, signed);
        vm.assertEq(registry.epoch(), 0);
    }

    function testTwinMembers() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        p.members[3].identity = p.members[0].identity;
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        signed[3] = signed[0];
        vm.expectRevert(abi.encodeWithSelector(Registry.DuplicateIdentity.selector, p.members[0].identity));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    /// @dev A malformed signature recovers to the zero address, which therefore cannot be a member.
    function testNobodyAsMember() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        p.members[3].identity = address(0);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        signed[3] = new bytes(65);
        vm.expectRevert(abi.encodeWithSelector(Registry.NoIdentity.selector, 4));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    function testCommitteeSize(uint8 n) public {
        n %= 16;
        vm.assume(n != 4 && n != 7 && n != 10);
        installFirst();
        Registry.Proposal memory p = propose(2, n, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(Registry.CommitteeSize.selector, n));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    // Possession

    function testPossessionByAnotherKey(uint256 any) public {
        uint256 secret = toSecret(any);
        vm.assume(secret != FIRST_SECRET);
        Registry.Proposal memory p = first();
        bytes memory signature = possession(secret, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.installCommittee(p, signature, signed);
    }

    /// @dev A key that is made from another one, whose secret nobody has, cannot be shown to be possessed.
    function testRogueKey(uint256 any) public {
        uint256 secret = toSecret(any);
        Registry.Proposal memory p = propose(1, 4, FIRST_SECRET);
        // our key minus somebody's
        (bool ok, bytes memory rogue) =
            address(0x0d).staticcall(bytes.concat(publicKey(secret), publicKey(ORDER - SECOND_SECRET)));
        vm.assertTrue(ok);
        p.groupKey = rogue;
        nominate(p);
        bytes memory signature = possession(secret, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(
            secret == SECOND_SECRET
                ? abi.encodeWithSelector(BLS.IdentityKey.selector)
                : abi.encodeWithSelector(BLS.InvalidSignature.selector)
        );
        registry.installCommittee(p, signature, signed);
    }

    function testPossessionOfAnotherEpochOrPlace(uint64 chain) public {
        vm.assume(chain != 0 && chain != vm.getChainId());
        Registry.Proposal memory p = propose(2, 4, FIRST_SECRET);
        bytes memory otherEpoch = possession(FIRST_SECRET, p);
        p = first();
        uint256 here = vm.getChainId();
        vm.chainId(chain);
        bytes memory otherChain = possession(FIRST_SECRET, p);
        vm.chainId(here);
        Registry mine = registry;
        registry = Registry(address(0xbeef));
        bytes memory otherContract = possession(FIRST_SECRET, p);
        registry = mine;

        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.installCommittee(p, otherEpoch, signed);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.installCommittee(p, otherChain, signed);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.installCommittee(p, otherContract, signed);
    }

    function testConfirmationsOfAnotherPlace(uint64 chain) public {
        vm.assume(chain != 0 && chain != vm.getChainId());
        Registry.Proposal memory p = first();
        uint256 here = vm.getChainId();
        vm.chainId(chain);
        bytes[] memory otherChain = confirmations(p);
        vm.chainId(here);
        Registry mine = registry;
        registry = Registry(address(0xbeef));
        bytes[] memory otherContract = confirmations(p);
        registry = mine;

        bytes memory signature = possession(FIRST_SECRET, p);
        vm.expectRevert();
        registry.installCommittee(p, signature, otherChain);
        vm.expectRevert();
        registry.installCommittee(p, signature, otherContract);
        registry.installCommittee(p, signature, confirmations(p));
    }

    function testKeyForm() public {
        Registry.Proposal memory p = first();
        bytes memory signature = possession(FIRST_SECRET, p);

        p.groupKey = new bytes(256);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.IdentityKey.selector));
        registry.installCommittee(p, signature, signed);
        vm.expectRevert(abi.encodeWithSelector(BLS.IdentitySignature.selector));
        registry.installCommittee(p, new bytes(128), signed);

        p.groupKey = Vectors.STRAY_KEY;
        signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidPoint.selector));
        registry.installCommittee(p, signature, signed);

        p.groupKey = bytes.concat(publicKey(FIRST_SECRET), hex"00");
        signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.KeyLength.selector, 257, 256));
        registry.installCommittee(p, signature, signed);
    }

    // Rotation

    function finish(uint64 round, uint256 secret) internal {
        Rounds.Certificate memory c = certify(round);
        rounds.finalize(c, certificateSignature(secret, c));
    }

    function testRotate(uint8 any, uint256 anySecret, bool afterARound) public {
        installFirst();
        if (afterARound) finish(3, FIRST_SECRET);
        uint256 secret = toSecret(anySecret);
        Registry.Proposal memory p = propose(2, size(any), secret);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        bytes memory signature = possession(secret, p);
        bytes[] memory signed = confirmations(p);
        vm.expectEmit(address(registry));
        emit Registry.CommitteeInstalled(2, keyListHash(p), p.transcript, p.groupKey, p.members);
        vm.prank(address(0xbeef));
        registry.rotateCommittee(p, signature, signed, handover);
        vm.assertEq(registry.epoch(), 2);
        vm.assertEq(registry.groupKey(2), p.groupKey);
        vm.assertEq(registry.groupKey(1), publicKey(FIRST_SECRET));

        // again: the epoch has passed
        vm.expectRevert(abi.encodeWithSelector(Registry.WrongEpoch.selector, 2, 3));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    /// @dev Twice in a row: the second hand-over is signed by the second committee.
    function testRotateTwice() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        registry.rotateCommittee(p, possession(SECOND_SECRET, p), confirmations(p), handover);
        p = propose(3, 10, 5);
        handover = blsSign(FIRST_SECRET, rotationMessage(p));
        bytes memory signature = possession(5, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.rotateCommittee(p, signature, signed, handover);
        handover = blsSign(SECOND_SECRET, rotationMessage(p));
        registry.rotateCommittee(p, signature, signed, handover);
        vm.assertEq(registry.epoch(), 3);
    }

    function testRotateFromNothing() public {
        Registry.Proposal memory p = propose(1, 4, FIRST_SECRET);
        bytes memory signature = possession(FIRST_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(Registry.NoCommittee.selector));
        registry.rotateCommittee(p, signature, signed, signature);
    }

    function testRotateWrongEpoch(uint64 epoch) public {
        vm.assume(epoch != 2);
        installFirst();
        Registry.Proposal memory p = propose(epoch, 4, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(Registry.WrongEpoch.selector, epoch, 2));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    function testRotateUnsigned(uint256 any) public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        uint256 secret = toSecret(any);
        vm.assume(secret != FIRST_SECRET);
        bytes memory forged = blsSign(secret, rotationMessage(p));
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.rotateCommittee(p, signature, signed, forged);
        vm.expectRevert(abi.encodeWithSelector(BLS.IdentitySignature.selector));
        registry.rotateCommittee(p, signature, signed, new bytes(128));
    }

    /// @dev The old committee signs for one key list and one key.
    function testRotateToOthers(bytes32 by) public {
        vm.assume(by != 0);
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        p.members[2].hpkeKeyHash ^= by;
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.rotateCommittee(p, signature, signed, handover);

        p = propose(2, 4, toSecret(uint256(by)));
        signature = possession(toSecret(uint256(by)), p);
        signed = confirmations(p);
        vm.assume(toSecret(uint256(by)) != SECOND_SECRET);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    /// @dev A hand-over is for the head that it was signed at: between these two rounds and no others.
    function testRotateLate() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        finish(1, FIRST_SECRET);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    function testRotateOnAnotherChain(uint64 chain) public {
        vm.assume(chain != 0 && chain != vm.getChainId());
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        vm.chainId(chain);
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    function testRotateAnotherContract() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(p));
        deploy();
        installFirst();
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.rotateCommittee(p, signature, signed, handover);
    }

    // Replacement

    function testReplace(uint32 wait) public {
        installFirst();
        finish(1, FIRST_SECRET);
        Registry.Proposal memory p = propose(2, 7, SECOND_SECRET);
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        bytes32 hash = registry.proposalHash(p);
        uint256 from = vm.getBlockTimestamp() + REPLACEMENT_DELAY;

        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(Registry.NotScheduled.selector, hash, 0));
        registry.executeReplacement(p, signature, signed);
        vm.expectEmit(address(registry));
        emit Registry.ReplacementScheduled(hash, from);
        registry.scheduleReplacement(hash);
        vm.assertEq(registry.replacement(), hash);
        vm.assertEq(registry.replacementFrom(), from);

        vm.warp(vm.getBlockTimestamp() + wait);
        if (wait < REPLACEMENT_DELAY) {
            vm.expectRevert(abi.encodeWithSelector(Registry.TooEarly.selector, vm.getBlockTimestamp(), from));
            registry.executeReplacement(p, signature, signed);
            vm.warp(from);
        }
        registry.executeReplacement(p, signature, signed);
        vm.assertEq(registry.epoch(), 2);
        vm.assertEq(registry.groupKey(2), p.groupKey);
        vm.assertEq(registry.replacement(), 0);
        vm.expectRevert(abi.encodeWithSelector(Registry.NotScheduled.selector, hash, 0));
        registry.executeReplacement(p, signature, signed);
        vm.stopPrank();

        finish(2, SECOND_SECRET);
    }

    /// @dev The owner can replace a committee, but not with a key or members that have not agreed.
    function testReplaceUnconfirmed() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        bytes memory forged = possession(FIRST_SECRET, p);
        bytes[] memory swapped = confirmations(p);
        swapped[0] = swapped[1];
        address got = p.members[1].identity;
        address want = p.members[0].identity;
        bytes32 hash = registry.proposalHash(p);

        vm.startPrank(owner);
        registry.scheduleReplacement(hash);
        vm.warp(vm.getBlockTimestamp() + REPLACEMENT_DELAY);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        registry.executeReplacement(p, forged, signed);
        vm.expectRevert(abi.encodeWithSelector(Registry.WrongConfirmation.selector, 1, got, want));
        registry.executeReplacement(p, signature, swapped);
        registry.executeReplacement(p, signature, signed);
        vm.stopPrank();
    }

    function testReplaceWithAnother() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes32 scheduled = registry.proposalHash(p);
        vm.startPrank(owner);
        registry.scheduleReplacement(scheduled);
        vm.warp(vm.getBlockTimestamp() + REPLACEMENT_DELAY);
        p.transcript = sha256("another");
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        bytes32 hash = registry.proposalHash(p);
        vm.expectRevert(abi.encodeWithSelector(Registry.NotScheduled.selector, hash, scheduled));
        registry.executeReplacement(p, signature, signed);

        // scheduling it starts the delay anew
        registry.scheduleReplacement(hash);
        vm.expectRevert(
            abi.encodeWithSelector(
                Registry.TooEarly.selector, vm.getBlockTimestamp(), vm.getBlockTimestamp() + REPLACEMENT_DELAY
            )
        );
        registry.executeReplacement(p, signature, signed);
        vm.stopPrank();
    }

    /// @dev A rotation in the meantime makes a scheduled replacement one of the past.
    function testReplaceAfterRotation() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, 5);
        bytes memory signature = possession(5, p);
        bytes[] memory signed = confirmations(p);
        bytes32 hash = registry.proposalHash(p);
        vm.prank(owner);
        registry.scheduleReplacement(hash);
        vm.warp(vm.getBlockTimestamp() + REPLACEMENT_DELAY);
        Registry.Proposal memory q = propose(2, 4, SECOND_SECRET);
        bytes memory handover = blsSign(FIRST_SECRET, rotationMessage(q));
        registry.rotateCommittee(q, possession(SECOND_SECRET, q), confirmations(q), handover);

        vm.expectRevert(abi.encodeWithSelector(Registry.WrongEpoch.selector, 2, 3));
        vm.prank(owner);
        registry.executeReplacement(p, signature, signed);
    }

    function testCancel() public {
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        bytes32 hash = registry.proposalHash(p);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(Registry.NotScheduled.selector, 0, 0));
        registry.cancelReplacement();
        registry.scheduleReplacement(hash);
        vm.expectEmit(address(registry));
        emit Registry.ReplacementCancelled(hash);
        registry.cancelReplacement();
        vm.warp(vm.getBlockTimestamp() + REPLACEMENT_DELAY);
        vm.expectRevert(abi.encodeWithSelector(Registry.NotScheduled.selector, hash, 0));
        registry.executeReplacement(p, signature, signed);
        vm.stopPrank();
    }

    /// @dev The first committee comes by nomination, not by replacement of nothing.
    function testReplaceNothing(bytes32 hash) public {
        vm.expectRevert(abi.encodeWithSelector(Registry.NoCommittee.selector));
        vm.prank(owner);
        registry.scheduleReplacement(hash);
    }

    function testReplaceByAStranger(address stranger) public {
        vm.assume(stranger != owner);
        installFirst();
        Registry.Proposal memory p = propose(2, 4, SECOND_SECRET);
        bytes memory signature = possession(SECOND_SECRET, p);
        bytes[] memory signed = confirmations(p);
        bytes32 hash = registry.proposalHash(p);
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        registry.scheduleReplacement(hash);
        vm.prank(owner);
        registry.scheduleReplacement(hash);
        vm.warp(vm.getBlockTimestamp() + REPLACEMENT_DELAY);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        registry.executeReplacement(p, signature, signed);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        registry.cancelReplacement();
    }

    // Views and ownership

    function testNoSuchEpoch(uint64 epoch) public {
        vm.assume(epoch != 1);
        installFirst();
        vm.expectRevert(abi.encodeWithSelector(Registry.NoSuchEpoch.selector, epoch, 1));
        registry.committee(epoch);
        vm.expectRevert(abi.encodeWithSelector(Registry.NoSuchEpoch.selector, epoch, 1));
        registry.groupKey(epoch);
    }

    function testOwnershipInTwoSteps(address next) public {
        vm.assume(next != owner && next != address(0));
        vm.prank(owner);
        registry.transferOwnership(next);
        vm.assertEq(registry.owner(), owner);
        vm.prank(next);
        registry.acceptOwnership();
        vm.assertEq(registry.owner(), next);
    }
}
