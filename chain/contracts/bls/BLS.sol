// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title BLS signatures over BLS12-381, checked with the EIP-2537 precompiles
/// @notice Signatures are points of G1 and keys are points of G2, as the committee's threshold scheme makes them
/// (docs/protocol.md, certificates). Points have the EIP-2537 form: 64-byte big-endian coordinates whose first 16 bytes are
/// zero, the real part of a G2 coordinate first. That form is unique, and so is the signature of a message: neither can be
/// altered and stay valid.
/// @dev hash_to_curve is BLS12381G1_XMD:SHA-256_SSWU_RO_ of RFC 9380, with the domain that the Go side's library fixes.
/// What a signature is for is told by the label that every signed message begins with.
library BLS {
    /// @notice A signature that is not `want` bytes long.
    error SignatureLength(uint256 got, uint256 want);
    /// @notice A key that is not `want` bytes long.
    error KeyLength(uint256 got, uint256 want);
    /// @notice The identity as a signature. It is never accepted.
    error IdentitySignature();
    /// @notice The identity as a key: every message has a valid signature under it. It is never accepted.
    error IdentityKey();
    /// @notice The signature or the key is not the encoding of a point in the group of prime order.
    error InvalidPoint();
    /// @notice Two points, but the signature does not belong to the message and the key.
    error InvalidSignature();
    /// @notice The precompiles of EIP-2537 are not there: this chain has not reached the Prague rules.
    error PrecompileMissing();

    uint256 internal constant SIGNATURE_LENGTH = 128;
    uint256 internal constant KEY_LENGTH = 256;

    /// @dev Precompiles, by address.
    uint256 private constant SHA256 = 0x02;
    uint256 private constant MODEXP = 0x05;
    uint256 private constant G1ADD = 0x0b;
    uint256 private constant PAIRING = 0x0f;
    uint256 private constant MAP_FP_TO_G1 = 0x10;

    /// @dev DST_prime of RFC 9380, the domain followed by its length: 32 and 12 bytes.
    bytes32 private constant DOMAIN = "BLS_SIG_BLS12381G1_XMD:SHA-256_S";
    bytes32 private constant DOMAIN_END = "SWU_RO_NUL_\x2b";

    /// @dev The field's modulus, in two words.
    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    /// @dev The negative of the generator of G2.
    // forgefmt: disable-next-item
    bytes private constant NEGATIVE_G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    /// @notice Reverts unless `signature` is the signature of `message` under `key`.
    /// @dev The pairing precompile refuses coordinates that are not below the modulus, points off the curve and points
    /// outside the group of prime order, so nothing else has to check `key` and `signature`. Such a refusal costs the
    /// sender the gas that the call had.
    /// @param message what was signed, label first.
    /// @param signature 128 bytes, a point of G1.
    /// @param key 256 bytes, a point of G2.
    function check(bytes memory message, bytes memory signature, bytes memory key) internal view {
        require(signature.length == SIGNATURE_LENGTH, SignatureLength(signature.length, SIGNATURE_LENGTH));
        require(key.length == KEY_LENGTH, KeyLength(key.length, KEY_LENGTH));
        require(!isZero(signature), IdentitySignature());
        require(!isZero(key), IdentityKey());

        // e(signature, -G2) · e(H(message), key) is 1
        bytes memory pairs = abi.encodePacked(signature, NEGATIVE_G2, hashToG1(message), key);
        bool ok;
        uint256 one;
        assembly ("memory-safe") {
            ok := staticcall(gas(), PAIRING, add(pairs, 32), mload(pairs), 0, 32)
            one := mload(0)
        }
        require(ok, InvalidPoint());
        require(one == 1, InvalidSignature());
    }

    /// @notice The point of G1 that `message` is hashed to, as RFC 9380 has it: 128 pseudorandom bytes are expanded from the
    /// message, each half of them is reduced to a field element and mapped to the curve, and the two points are added.
    /// @return point 128 bytes.
    function hashToG1(bytes memory message) internal view returns (bytes memory point) {
        point = new bytes(128);
        bool ok;
        assembly ("memory-safe") {
            // Free memory, used without being claimed:
            //      0   b_0 ^ b_(i-1) ‖ i ‖ DST_prime, 77 bytes; before that the input of b_0, as long as it is
            //    128   the input of the modular exponentiation: 64 ‖ 1 ‖ 64 ‖ b_i ‖ b_(i+1) ‖ 1 ‖ P, 225 bytes
            //    384   two points, 256 bytes
            let free := mload(0x40)
            let power := add(free, 128)
            let points := add(free, 384)

            // b_0 = SHA-256(a block of zeros ‖ message ‖ 128, the wanted length ‖ 0 ‖ DST_prime)
            mstore(free, 0)
            mstore(add(free, 32), 0)
            mcopy(add(free, 64), add(message, 32), mload(message))
            let end := add(add(free, 64), mload(message))
            mstore(end, shl(232, 0x008000))
            mstore(add(end, 3), DOMAIN)
            mstore(add(end, 35), DOMAIN_END)
            ok := staticcall(gas(), SHA256, free, add(mload(message), 111), 0, 32)
            let b0 := mload(0)

            mstore(add(free, 33), DOMAIN)
            mstore(add(free, 65), DOMAIN_END)
            mstore(power, 64)
            mstore(add(power, 32), 1)
            mstore(add(power, 64), 64) // so that the result has a coordinate's 64 bytes
            mstore8(add(power, 160), 1)
            mstore(add(power, 161), P_HIGH)
            mstore(add(power, 193), P_LOW)

            let b := 0
            for { let i := 1 } lt(i, 5) { i := add(i, 2) } {
                mstore(free, xor(b0, b))
                mstore8(add(free, 32), i)
                ok := and(ok, staticcall(gas(), SHA256, free, 77, add(power, 96), 32))

                mstore(free, xor(b0, mload(add(power, 96))))
                mstore8(add(free, 32), add(i, 1))
                ok := and(ok, staticcall(gas(), SHA256, free, 77, add(power, 128), 32))
                b := mload(add(power, 128))

                // x^1 mod P, mapped
                let mapped := add(points, mul(shr(1, i), 128))
                ok := and(ok, staticcall(gas(), MODEXP, power, 225, mapped, 64))
                ok := and(ok, staticcall(gas(), MAP_FP_TO_G1, mapped, 64, mapped, 128))
                ok := and(ok, eq(returndatasize(), 128))
            }
            ok := and(ok, staticcall(gas(), G1ADD, points, 256, add(point, 32), 128))
        }
        require(ok, PrecompileMissing());
    }

    function isZero(bytes memory point) private pure returns (bool) {
        uint256 bits;
        for (uint256 i = 32; i <= point.length; i += 32) {
            assembly ("memory-safe") {
                bits := or(bits, mload(add(point, i)))
            }
        }
        return bits == 0;
    }
}
