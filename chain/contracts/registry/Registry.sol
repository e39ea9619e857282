// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {BLS} from "../bls/BLS.sol";
import {Rounds} from "../rounds/Rounds.sol";
import {KeyStore} from "./KeyStore.sol";

/// @title Who takes part: contributors with their stake, committees with their keys
/// @notice A committee's key comes from a key generation between its members. It counts only with the confirmation of every
/// member and with a signature by the key itself, so that the members agree on one key and the key is not made from others.
/// The first committee is the one that the owner nominated. Each later one is signed for by the committee before it, and only
/// if too many members are lost for that does the owner replace it, after a delay in which everybody can see it coming.
contract Registry is Ownable2Step {
    using SafeERC20 for IERC20;

    /// @notice A member of a committee. Member j is the j-th of the list, from 1.
    struct MemberKeys {
        /// @dev signs what the member says.
        address identity;
        /// @dev SHA-256 of the key that envelopes are sealed to.
        bytes32 hpkeKeyHash;
        /// @dev SHA-256 of the member's key in the key generation.
        bytes32 dkgKeyHash;
    }

    /// @notice A committee that is to come.
    struct Proposal {
        /// @dev the epoch that it begins, one after the current one.
        uint64 epoch;
        MemberKeys[] members;
        /// @dev a point of G2, 256 bytes in the form of EIP-2537.
        bytes groupKey;
        /// @dev hash of everything that was said in the key generation.
        bytes32 transcript;
    }

    /// @dev Two slots for each epoch.
    struct Committee {
        bytes32 keyListHash;
        address keyStore;
        uint64 installed;
        uint8 members;
    }

    /// @dev One slot, so that a certificate's check reads one.
    struct Current {
        /// @dev 0 before the first committee.
        uint64 epoch;
        /// @dev the account whose code is the group key (KeyStore).
        address keyStore;
    }

    /// @dev One slot.
    struct Contributor {
        State state;
        uint64 withdrawable;
    }

    enum State {
        Absent,
        Registered,
        Leaving
    }

    /// @notice The account is registered, or is leaving and has not taken its stake back.
    error AlreadyRegistered(address account);
    /// @notice The account is not registered.
    error NotRegistered(address account);
    /// @notice The account has not asked to leave.
    error NotLeaving(address account);
    /// @notice It is too early: what was asked for can be had from the time `from`.
    error TooEarly(uint256 time, uint256 from);

    /// @notice A committee has 4, 7 or 10 members.
    error CommitteeSize(uint256 got);
    /// @notice Member `member` has the zero address.
    error NoIdentity(uint256 member);
    /// @notice The same identity twice.
    error DuplicateIdentity(address identity);
    /// @notice Member `member` is somebody else than the one who was nominated.
    error NotNominated(uint256 member, address got, address want);
    /// @notice The first committee has as many members as were nominated.
    error NominatedSize(uint256 got, uint256 want);
    /// @notice The first committee is there already; the next one needs its signature.
    error CommitteeExists(uint64 epoch);
    /// @notice There is no committee yet.
    error NoCommittee();
    /// @notice No committee has this epoch.
    error NoSuchEpoch(uint64 epoch, uint64 current);
    /// @notice A proposal for another epoch than the next one.
    error WrongEpoch(uint64 got, uint64 want);
    /// @notice Not one confirmation for each member.
    error ConfirmationCount(uint256 got, uint256 want);
    /// @notice The confirmation of member `member` was signed by somebody else; `got` is zero if it is no signature.
    error WrongConfirmation(uint256 member, address got, address want);
    /// @notice No replacement, or another one, was scheduled.
    error NotScheduled(bytes32 got, bytes32 want);

    /// @notice An account has put down its stake and may contribute.
    event ContributorRegistered(address indexed account);
    /// @notice An account has asked to leave; from here on it is not registered.
    event ContributorLeft(address indexed account);
    /// @notice An account has taken its stake back.
    event StakeWithdrawn(address indexed account, uint256 amount);
    /// @notice The owner has named the members of the next committee. It binds the first one; later ones look to it.
    event CommitteeNominated(address[] identities);
    /// @notice A committee is in office. `groupKey` and `members` are all there is to know of it.
    event CommitteeInstalled(
        uint64 indexed epoch, bytes32 keyListHash, bytes32 transcript, bytes groupKey, MemberKeys[] members
    );
    /// @notice The owner will be able to install a committee without the current one's signature from the time `from`.
    event ReplacementScheduled(bytes32 indexed proposalHash, uint256 from);
    /// @notice The scheduled replacement will not happen.
    event ReplacementCancelled(bytes32 indexed proposalHash);

    /// @notice The token that stakes are in.
    IERC20 public immutable token;
    /// @notice What registering costs until the account leaves.
    uint256 public immutable stake;
    /// @notice The contract whose head a rotation is bound to.
    Rounds public immutable rounds;
    /// @notice Seconds between the scheduling of a replacement and the first moment at which it can happen.
    uint64 public immutable replacementDelay;
    /// @notice Seconds between leaving and getting the stake back.
    uint64 public immutable exitDelay;

    /// @notice The number of registered contributors.
    uint256 public contributorCount;
    mapping(address account => Contributor) private contributors;

    /// @notice The epoch and where its group key is kept.
    Current public current;
    mapping(uint64 epoch => Committee) private committees;
    address[] private nominees;

    /// @notice The hash of the replacement that is scheduled; 0 for none.
    bytes32 public replacement;
    /// @notice The time from which it can happen.
    uint256 public replacementFrom;

    /// @param token_ the token of the stakes.
    /// @param stake_ what each contributor puts down.
    /// @param owner_ who nominates the first committee, and replaces one that is lost.
    /// @param rounds_ where the Rounds contract will be; it is made after this one.
    /// @param replacementDelay_ in seconds.
    /// @param exitDelay_ in seconds.
    constructor(
        IERC20 token_,
        uint256 stake_,
        address owner_,
        Rounds rounds_,
        uint64 replacementDelay_,
        uint64 exitDelay_
    ) Ownable(owner_) {
        token = token_;
        stake = stake_;
        rounds = rounds_;
        replacementDelay = replacementDelay_;
        exitDelay = exitDelay_;
    }

    // Contributors

    /// @notice Registers the sender and takes the stake, for which there must be an allowance.
    function register() public {
        require(contributors[msg.sender].state == State.Absent, AlreadyRegistered(msg.sender));
        contributors[msg.sender].state = State.Registered;
        contributorCount++;
        emit ContributorRegistered(msg.sender);
        token.safeTransferFrom(msg.sender, address(this), stake);
    }

    /// @notice `register` with an allowance given by signature (EIP-2612).
    function registerWithPermit(uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // anybody may have used the permit already; then the allowance is there, and the transfer decides
        try IERC20Permit(address(token)).permit(msg.sender, address(this), stake, deadline, v, r, s) {} catch {}
        register();
    }

    /// @notice Ends the sender's registration. The stake can be had after `exitDelay`.
    function requestExit() external {
        Contributor storage c = contributors[msg.sender];
        require(c.state == State.Registered, NotRegistered(msg.sender));
        c.state = State.Leaving;
        c.withdrawable = uint64(block.timestamp) + exitDelay;
        contributorCount--;
        emit ContributorLeft(msg.sender);
    }

    /// @notice Returns the stake to the sender, who may then register again.
    function withdraw() external {
        Contributor memory c = contributors[msg.sender];
        require(c.state == State.Leaving, NotLeaving(msg.sender));
        require(block.timestamp >= c.withdrawable, TooEarly(block.timestamp, c.withdrawable));
        delete contributors[msg.sender];
        emit StakeWithdrawn(msg.sender, stake);
        token.safeTransfer(msg.sender, stake);
    }

    /// @notice Whether an account may contribute.
    function isRegistered(address account) external view returns (bool) {
        return contributors[account].state == State.Registered;
    }

    /// @notice The time from which an account that is leaving can withdraw; 0 for others.
    function withdrawableFrom(address account) external view returns (uint256) {
        return contributors[account].withdrawable;
    }

    // Committees

    /// @notice Names who is to form the next committee. The first committee has to be these members in this order; later ones
    /// are for the sitting members to sign, who see here whom the owner wants.
    function nominate(address[] calldata identities) external onlyOwner {
        requireSize(identities.length);
        for (uint256 i = 0; i < identities.length; i++) {
            require(identities[i] != address(0), NoIdentity(i + 1));
            for (uint256 j = 0; j < i; j++) {
                require(identities[i] != identities[j], DuplicateIdentity(identities[i]));
            }
        }
        nominees = identities;
        emit CommitteeNominated(identities);
    }

    /// @notice Installs the first committee. Anybody may send it.
    /// @param possession the new key's signature of `possessionMessage`, 128 bytes.
    /// @param confirmations each member's signature of `confirmationDigest`, 65 bytes, in the members' order.
    function installCommittee(Proposal calldata proposal, bytes calldata possession, bytes[] calldata confirmations)
        external
    {
        require(current.epoch == 0, CommitteeExists(current.epoch));
        require(proposal.members.length == nominees.length, NominatedSize(proposal.members.length, nominees.length));
        for (uint256 i = 0; i < nominees.length; i++) {
            address got = proposal.members[i].identity;
            require(got == nominees[i], NotNominated(i + 1, got, nominees[i]));
        }
        install(proposal, possession, confirmations);
    }

    /// @notice Installs the next committee under the signature of the current one. Anybody may send it.
    /// @param oldSignature the current committee's signature of `rotationMessage`, 128 bytes. It is bound to the head of the
    /// rounds, so it is void as soon as another round is finished.
    function rotateCommittee(
        Proposal calldata proposal,
        bytes calldata possession,
        bytes[] calldata confirmations,
        bytes calldata oldSignature
    ) external {
        require(current.epoch != 0, NoCommittee());
        requireNext(proposal.epoch);
        BLS.check(rotationMessage(proposal), oldSignature, KeyStore.read(current.keyStore));
        install(proposal, possession, confirmations);
    }

    /// @notice Announces a committee that the owner wants to install without the current one's signature. It takes the place
    /// of an announcement that was made before.
    /// @param hash `proposalHash` of it.
    function scheduleReplacement(bytes32 hash) external onlyOwner {
        require(current.epoch != 0, NoCommittee());
        replacement = hash;
        replacementFrom = block.timestamp + replacementDelay;
        emit ReplacementScheduled(hash, replacementFrom);
    }

    /// @notice Takes the announcement back.
    function cancelReplacement() external onlyOwner {
        require(replacement != 0, NotScheduled(0, 0));
        emit ReplacementCancelled(replacement);
        delete replacement;
        delete replacementFrom;
    }

    /// @notice Installs the committee that was announced, once the delay has passed.
    function executeReplacement(Proposal calldata proposal, bytes calldata possession, bytes[] calldata confirmations)
        external
        onlyOwner
    {
        bytes32 hash = proposalHash(proposal);
        require(hash == replacement, NotScheduled(hash, replacement));
        require(block.timestamp >= replacementFrom, TooEarly(block.timestamp, replacementFrom));
        delete replacement;
        delete replacementFrom;
        install(proposal, possession, confirmations);
    }

    /// @notice The current epoch; 0 before the first committee.
    function epoch() external view returns (uint64) {
        return current.epoch;
    }

    /// @notice The committee of an epoch.
    /// @return keyListHash as in `keyListHash`.
    /// @return members how many there are.
    /// @return installed the block that installed it; its log has the keys.
    /// @return groupKeyHash keccak256 of the group key.
    function committee(uint64 epoch_)
        external
        view
        returns (bytes32 keyListHash, uint8 members, uint64 installed, bytes32 groupKeyHash)
    {
        Committee memory c = committees[epoch_];
        require(c.members != 0, NoSuchEpoch(epoch_, current.epoch));
        return (c.keyListHash, c.members, c.installed, keccak256(KeyStore.read(c.keyStore)));
    }

    /// @notice The group key of an epoch, 256 bytes.
    function groupKey(uint64 epoch_) external view returns (bytes memory) {
        require(committees[epoch_].members != 0, NoSuchEpoch(epoch_, current.epoch));
        return KeyStore.read(committees[epoch_].keyStore);
    }

    /// @notice Who was nominated last, in order.
    function nominated() external view returns (address[] memory) {
        return nominees;
    }

    // What is signed. Every message is bound to this chain and this contract.

    /// @notice SHA-256 over all members of: number, one byte ‖ identity ‖ hpkeKeyHash ‖ dkgKeyHash.
    function hashKeyList(MemberKeys[] calldata members) public pure returns (bytes32) {
        bytes memory list;
        for (uint256 i = 0; i < members.length; i++) {
            MemberKeys calldata m = members[i];
            list = bytes.concat(list, abi.encodePacked(uint8(i + 1), m.identity, m.hpkeKeyHash, m.dkgKeyHash));
        }
        return sha256(list);
    }

    /// @notice What every member of the proposed committee signs with its identity, as it is, without a prefix.
    function confirmationDigest(Proposal calldata proposal) public view returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                uint8(21),
                "sotto/v1 confirmation",
                block.chainid,
                address(this),
                proposal.epoch,
                proposal.transcript,
                keccak256(proposal.groupKey),
                hashKeyList(proposal.members)
            )
        );
    }

    /// @notice What the proposed key signs: it shows that the members hold it and that it was not made from other keys.
    function possessionMessage(Proposal calldata proposal) public view returns (bytes memory) {
        return abi.encodePacked(
            uint8(19), "sotto/v1 possession", block.chainid, address(this), proposal.epoch, uint64(0), proposal.groupKey
        );
    }

    /// @notice What the current committee signs to hand over.
    function rotationMessage(Proposal calldata proposal) public view returns (bytes memory) {
        return abi.encodePacked(
            uint8(18),
            "sotto/v1 committee",
            block.chainid,
            address(this),
            proposal.epoch,
            rounds.lastRound(),
            rounds.head(),
            proposal.groupKey,
            hashKeyList(proposal.members)
        );
    }

    /// @notice What the owner announces a replacement by.
    function proposalHash(Proposal calldata proposal) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), proposal));
    }

    function install(Proposal calldata proposal, bytes calldata possession, bytes[] calldata confirmations) private {
        uint64 next = requireNext(proposal.epoch);
        requireMembers(proposal.members);
        requireConfirmations(proposal, confirmations);
        // refuses a key that is not in the group, too
        BLS.check(possessionMessage(proposal), possession, proposal.groupKey);

        address keyStore = KeyStore.write(proposal.groupKey);
        bytes32 keyListHash = hashKeyList(proposal.members);
        committees[next] = Committee(keyListHash, keyStore, uint64(block.number), uint8(proposal.members.length));
        current = Current(next, keyStore);
        emit CommitteeInstalled(next, keyListHash, proposal.transcript, proposal.groupKey, proposal.members);
    }

    function requireNext(uint64 epoch_) private view returns (uint64 next) {
        next = current.epoch + 1;
        require(epoch_ == next, WrongEpoch(epoch_, next));
    }

    function requireSize(uint256 members) private pure {
        require(members == 4 || members == 7 || members == 10, CommitteeSize(members));
    }

    function requireMembers(MemberKeys[] calldata members) private pure {
        requireSize(members.length);
        for (uint256 i = 0; i < members.length; i++) {
            address identity = members[i].identity;
            require(identity != address(0), NoIdentity(i + 1));
            for (uint256 j = 0; j < i; j++) {
                require(identity != members[j].identity, DuplicateIdentity(identity));
            }
        }
    }

    function requireConfirmations(Proposal calldata proposal, bytes[] calldata confirmations) private view {
        uint256 n = proposal.members.length;
        require(confirmations.length == n, ConfirmationCount(confirmations.length, n));
        bytes32 digest = confirmationDigest(proposal);
        for (uint256 i = 0; i < n; i++) {
            // zero if it is no signature; the other half of the curve's s is refused, too
            (address got,,) = ECDSA.tryRecoverCalldata(digest, confirmations[i]);
            address want = proposal.members[i].identity;
            require(got == want, WrongConfirmation(i + 1, got, want));
        }
    }
}
