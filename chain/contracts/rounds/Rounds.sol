// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../bls/BLS.sol";
import {KeyStore} from "../registry/KeyStore.sol";
import {Registry} from "../registry/Registry.sol";
import {Rewards} from "../rewards/Rewards.sol";

/// @title The chain of finished rounds
/// @notice A certificate says what a round came to: what went in, what was left out, the model that came out and the rewards.
/// It counts when the committee of the current epoch has signed it and it follows the last one. This contract keeps only the
/// newest state and overwrites it; everything else is in the log, and the head commits to all of it.
contract Rounds {
    /// @notice The result of one round.
    struct Certificate {
        /// @dev the epoch of the committee that signed.
        uint64 epoch;
        /// @dev larger than the last finished round; rounds that were given up are skipped.
        uint64 round;
        /// @dev the head that this certificate follows.
        bytes32 previousHead;
        /// @dev hash of the descriptor that opened the round.
        bytes32 descriptor;
        /// @dev hash of the manifest: what was summed.
        bytes32 manifest;
        /// @dev Merkle root over the manifest's entries.
        bytes32 participationRoot;
        /// @dev bit i is set if leaf i was left out of the model.
        uint256 droppedLeaves;
        /// @dev hash of the opened sums.
        bytes32 aggregate;
        /// @dev hash of the new model.
        bytes32 model;
        /// @dev root of the cumulative rewards; 0 while there are none.
        bytes32 rewardsRoot;
        /// @dev the pool that pays for this round; 0 for none.
        uint64 pool;
        /// @dev all that this pool has awarded, this round included.
        uint256 poolTotal;
        /// @dev the number of contributors in the opened nodes.
        uint32 contributors;
        /// @dev the number of nodes that were opened.
        uint32 nodesOpened;
        /// @dev the number of released nodes that failed to open.
        uint32 nodesDropped;
    }

    /// @notice The registry that this contract was made for names another Rounds.
    error WrongRounds(address got, address want);
    /// @notice There is no committee yet.
    error NoCommittee();
    /// @notice A certificate of another epoch than the current one.
    error WrongEpoch(uint64 got, uint64 want);
    /// @notice A round that is not after the last finished one.
    error RoundNotNew(uint64 round, uint64 last);
    /// @notice A certificate that follows something other than the head.
    error WrongHead(bytes32 got, bytes32 want);

    /// @notice A round is finished. The certificate and its signature are all that an auditor needs from the chain.
    event RoundFinalized(uint64 indexed round, bytes32 head, Certificate certificate, bytes signature);

    /// @notice Who may sign.
    Registry public immutable registry;
    /// @notice Where the rewards are claimed.
    Rewards public immutable rewards;
    /// @notice The model that is trained here.
    bytes32 public immutable modelId;

    /// @notice The hash of the last certificate's message, which commits to all the certificates before it. Before the first
    /// round it is keccak256(chain id ‖ this contract ‖ model id ‖ first model).
    bytes32 public head;
    /// @notice The hash of the newest model.
    bytes32 public model;
    /// @notice The last finished round; 0 before the first.
    uint64 public lastRound;
    /// @notice How many rounds have been finished; less than `lastRound` if some were skipped.
    uint64 public count;

    /// @param registry_ the Registry, which must already name this contract as its Rounds.
    /// @param rewards_ where the Rewards contract will be; it is made after this one.
    /// @param modelId_ what the model is known by.
    /// @param firstModel the hash of the model that the first round starts from.
    constructor(Registry registry_, Rewards rewards_, bytes32 modelId_, bytes32 firstModel) {
        address want = address(registry_.rounds());
        require(want == address(this), WrongRounds(address(this), want));
        registry = registry_;
        rewards = rewards_;
        modelId = modelId_;
        model = firstModel;
        head = keccak256(abi.encodePacked(block.chainid, address(this), modelId_, firstModel));
    }

    /// @notice Accepts the certificate of a round. Anybody may send it.
    /// @param signature the committee's signature of `message(certificate)`, a point of G1, 128 bytes.
    function finalize(Certificate calldata certificate, bytes calldata signature) external {
        (uint64 epoch, address keyStore) = registry.current();
        require(epoch != 0, NoCommittee());
        require(certificate.epoch == epoch, WrongEpoch(certificate.epoch, epoch));
        require(certificate.round > lastRound, RoundNotNew(certificate.round, lastRound));
        require(certificate.previousHead == head, WrongHead(certificate.previousHead, head));

        bytes memory signed = message(certificate);
        BLS.check(signed, signature, KeyStore.read(keyStore));

        bytes32 newHead = keccak256(signed);
        head = newHead;
        model = certificate.model;
        lastRound = certificate.round;
        count++;
        emit RoundFinalized(certificate.round, newHead, certificate, signature);
        rewards.award(count, certificate.rewardsRoot, certificate.pool, certificate.poolTotal);
    }

    /// @notice The bytes that the committee signs, 397 of them: the label, the chain, this contract, the certificate's fields in
    /// their order, big-endian and without padding.
    function message(Certificate calldata c) public view returns (bytes memory) {
        return bytes.concat(
            abi.encodePacked(
                uint8(20), "sotto/v1 certificate", block.chainid, address(this), c.epoch, c.round, c.previousHead
            ),
            abi.encodePacked(
                c.descriptor, c.manifest, c.participationRoot, c.droppedLeaves, c.aggregate, c.model, c.rewardsRoot
            ),
            abi.encodePacked(c.pool, c.poolTotal, c.contributors, c.nodesOpened, c.nodesDropped)
        );
    }
}
