// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../bls/BLS.sol";
import {Registry} from "../registry/Registry.sol";
import {Rewards} from "../rewards/Rewards.sol";
import {Rounds} from "../rounds/Rounds.sol";
import {SottoToken} from "../sottotoken/SottoToken.sol";
import {Vm} from "./Vm.sol";

/// @notice A deployment and the parties around it: what the tests start from.
/// @dev Time and chain id are asked of forge, because the compiler takes those of the block for constant within a test. The signed bytes are put together here once more, from the protocol and not from the contracts' views. A group key is
/// one secret times the generator: what a threshold of members would sign with together.
abstract contract Network {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant STAKE = 100e18;
    uint64 internal constant REPLACEMENT_DELAY = 7 days;
    uint64 internal constant EXIT_DELAY = 1 days;
    bytes32 internal constant MODEL_ID = keccak256("digits");
    bytes32 internal constant FIRST_MODEL = keccak256("the first model");

    /// @dev the order of both groups
    uint256 internal constant ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;
    // forgefmt: disable-next-item
    bytes internal constant G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
        hex"000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be";

    address internal immutable owner = vm.addr(uint256(keccak256("owner")));
    address internal immutable sponsor = vm.addr(uint256(keccak256("sponsor")));
    uint256 internal constant FIRST_SECRET = uint256(keccak256("first committee")) % ORDER;
    uint256 internal constant SECOND_SECRET = uint256(keccak256("second committee")) % ORDER;

    SottoToken internal token;
    Registry internal registry;
    Rounds internal rounds;
    Rewards internal rewards;

    /// @dev As deployers do, and from the same compiled code: four contracts in a row, with the addresses of the third and
    /// fourth computed before.
    function deploy() internal {
        uint256 nonce = vm.getNonce(address(this));
        address roundsAt = vm.computeCreateAddress(address(this), nonce + 2);
        address rewardsAt = vm.computeCreateAddress(address(this), nonce + 3);
        token = SottoToken(vm.deployCode("sottotoken/SottoToken.json", abi.encode(sponsor)));
        registry = Registry(
            vm.deployCode(
                "registry/Registry.json", abi.encode(token, STAKE, owner, roundsAt, REPLACEMENT_DELAY, EXIT_DELAY)
            )
        );
        rounds = Rounds(vm.deployCode("rounds/Rounds.json", abi.encode(registry, rewardsAt, MODEL_ID, FIRST_MODEL)));
        rewards = Rewards(vm.deployCode("rewards/Rewards.json", abi.encode(token, rounds)));
    }

    function deployWithCommittee() internal {
        deploy();
        Registry.Proposal memory p = propose(1, 4, FIRST_SECRET);
        nominate(p);
        registry.installCommittee(p, possession(FIRST_SECRET, p), confirmations(p));
    }

    function nominate(Registry.Proposal memory p) internal {
        vm.prank(owner);
        registry.nominate(identities(p));
    }

    /// @dev An EIP-2612 signature of the account of `secret`.
    function permit(uint256 secret, address spender, uint256 amount, uint256 nonce, uint256 deadline)
        internal
        view
        returns (uint8, bytes32, bytes32)
    {
        bytes32 message = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                vm.addr(secret),
                spender,
                amount,
                nonce,
                deadline
            )
        );
        return vm.sign(secret, keccak256(bytes.concat(hex"1901", token.DOMAIN_SEPARATOR(), message)));
    }

    // BLS

    function publicKey(uint256 secret) internal view returns (bytes memory) {
        (bool ok, bytes memory key) = address(0x0e).staticcall(abi.encodePacked(G2, secret));
        require(ok && key.length == 256);
        return key;
    }

    function blsSign(uint256 secret, bytes memory message) internal view returns (bytes memory) {
        (bool ok, bytes memory signature) = address(0x0c).staticcall(abi.encodePacked(BLS.hashToG1(message), secret));
        require(ok && signature.length == 128);
        return signature;
    }

    /// @dev a secret other than zero
    function toSecret(uint256 any) internal pure returns (uint256) {
        return 1 + any % (ORDER - 1);
    }

    // Committees

    function memberSecret(uint64 epoch, uint256 member) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("member", epoch, member)));
    }

    function propose(uint64 epoch, uint256 n, uint256 secret) internal view returns (Registry.Proposal memory p) {
        p.epoch = epoch;
        p.members = new Registry.MemberKeys[](n);
        for (uint256 j = 1; j <= n; j++) {
            p.members[j - 1] = Registry.MemberKeys(
                vm.addr(memberSecret(epoch, j)),
                sha256(abi.encode("hpke key", epoch, j)),
                sha256(abi.encode("dkg key", epoch, j))
            );
        }
        p.groupKey = publicKey(secret);
        p.transcript = sha256(abi.encode("transcript", epoch));
    }

    function identities(Registry.Proposal memory p) internal pure returns (address[] memory list) {
        list = new address[](p.members.length);
        for (uint256 i = 0; i < list.length; i++) {
            list[i] = p.members[i].identity;
        }
    }

    function keyListHash(Registry.Proposal memory p) internal pure returns (bytes32) {
        bytes memory list;
        for (uint256 i = 0; i < p.members.length; i++) {
            list = bytes.concat(list, bytes1(uint8(i + 1)), bytes20(p.members[i].identity));
            list = bytes.concat(list, p.members[i].hpkeKeyHash, p.members[i].dkgKeyHash);
        }
        return sha256(list);
    }

    function label(string memory text) internal pure returns (bytes memory) {
        return bytes.concat(bytes1(uint8(bytes(text).length)), bytes(text));
    }

    function bound(string memory text, address to) internal view returns (bytes memory) {
        return bytes.concat(label(text), bytes32(vm.getChainId()), bytes20(to));
    }

    function confirmationDigest(Registry.Proposal memory p) internal view returns (bytes32) {
        return keccak256(
            bytes.concat(
                bound("sotto/v1 confirmation", address(registry)),
                bytes8(p.epoch),
                p.transcript,
                keccak256(p.groupKey),
                keyListHash(p)
            )
        );
    }

    function confirm(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    function confirmations(Registry.Proposal memory p) internal view returns (bytes[] memory list) {
        bytes32 digest = confirmationDigest(p);
        list = new bytes[](p.members.length);
        for (uint256 j = 1; j <= list.length; j++) {
            list[j - 1] = confirm(memberSecret(p.epoch, j), digest);
        }
    }

    function possessionMessage(Registry.Proposal memory p) internal view returns (bytes memory) {
        return
            bytes.concat(
                bound("sotto/v1 possession", address(registry)), bytes8(p.epoch), bytes8(uint64(0)), p.groupKey
            );
    }

    function possession(uint256 secret, Registry.Proposal memory p) internal view returns (bytes memory) {
        return blsSign(secret, possessionMessage(p));
    }

    function rotationMessage(Registry.Proposal memory p) internal view returns (bytes memory) {
        return bytes.concat(
            bound("sotto/v1 committee", address(registry)),
            bytes8(p.epoch),
            bytes8(rounds.lastRound()),
            rounds.head(),
            p.groupKey,
            keyListHash(p)
        );
    }

    // Rounds

    function certify(uint64 round) internal view returns (Rounds.Certificate memory) {
        return Rounds.Certificate({
            epoch: registry.epoch(),
            round: round,
            previousHead: rounds.head(),
            descriptor: sha256(abi.encode("descriptor", round)),
            manifest: sha256(abi.encode("manifest", round)),
            participationRoot: sha256(abi.encode("participation", round)),
            droppedLeaves: 2,
            aggregate: sha256(abi.encode("aggregate", round)),
            model: sha256(abi.encode("model", round)),
            rewardsRoot: sha256(abi.encode("rewards", round)),
            pool: 0,
            poolTotal: 0,
            contributors: 24,
            nodesOpened: 2,
            nodesDropped: 1
        });
    }

    function certificateMessage(Rounds.Certificate memory c) internal view returns (bytes memory m) {
        m = bytes.concat(bound("sotto/v1 certificate", address(rounds)), bytes8(c.epoch), bytes8(c.round));
        m = bytes.concat(m, c.previousHead, c.descriptor, c.manifest, c.participationRoot, bytes32(c.droppedLeaves));
        m = bytes.concat(m, c.aggregate, c.model, c.rewardsRoot, bytes8(c.pool), bytes32(c.poolTotal));
        m = bytes.concat(m, bytes4(c.contributors), bytes4(c.nodesOpened), bytes4(c.nodesDropped));
    }

    function certificateSignature(uint256 secret, Rounds.Certificate memory c) internal view returns (bytes memory) {
        return blsSign(secret, certificateMessage(c));
    }

    // Rewards

    function leafOf(uint64 pool, address account, uint256 cumulative) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(pool, account, cumulative))));
    }

    /// @dev All layers of a tree, the leaves first. A node without a sibling moves up as it is.
    function treeOf(bytes32[] memory leaves) internal pure returns (bytes32[][] memory layers) {
        uint256 depth = 1;
        for (uint256 n = leaves.length; n > 1; n = (n + 1) / 2) {
            depth++;
        }
        layers = new bytes32[][](depth);
        layers[0] = leaves;
        for (uint256 d = 1; d < depth; d++) {
            bytes32[] memory below = layers[d - 1];
            layers[d] = new bytes32[]((below.length + 1) / 2);
            for (uint256 i = 0; i < layers[d].length; i++) {
                layers[d][i] = 2 * i + 1 == below.length ? below[2 * i] : hashPair(below[2 * i], below[2 * i + 1]);
            }
        }
    }

    function rootOf(bytes32[][] memory layers) internal pure returns (bytes32) {
        return layers[layers.length - 1][0];
    }

    function proofOf(bytes32[][] memory layers, uint256 index) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory all = new bytes32[](layers.length);
        uint256 length;
        for (uint256 d = 0; d + 1 < layers.length; d++) {
            if (index ^ 1 < layers[d].length) all[length++] = layers[d][index ^ 1];
            index /= 2;
        }
        proof = new bytes32[](length);
        for (uint256 i = 0; i < length; i++) {
            proof[i] = all[i];
        }
    }

    function hashPair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }
}
