// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../bls/BLS.sol";
import {Network} from "./Network.sol";
import {Vectors} from "./Vectors.sol";

/// @notice The library behind a call, so that its refusals can be seen.
contract Checker {
    function check(bytes calldata message, bytes calldata signature, bytes calldata key) external view {
        BLS.check(message, signature, key);
    }

    function hashToG1(bytes calldata message) external view returns (bytes memory) {
        return BLS.hashToG1(message);
    }
}

contract BLSTest is Network {
    Checker internal checker = new Checker();

    uint256 internal constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 internal constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    function testVectors() public view {
        for (uint256 i = 0; i < Vectors.COUNT; i++) {
            bytes memory message = Vectors.message(i);
            vm.assertEq(checker.hashToG1(message), Vectors.point(i));
            checker.check(message, Vectors.signature(i), Vectors.KEY);
        }
    }

    /// @dev The scratch space of hashToG1 leaves the caller's memory alone and needs none that is zero.
    function testMemory(bytes memory message, bytes memory dirt) public view {
        bytes memory want = checker.hashToG1(message);
        bytes memory copy = bytes.concat(message);
        assembly ("memory-safe") {
            mcopy(mload(0x40), add(dirt, 32), mload(dirt))
        }
        bytes memory got = BLS.hashToG1(message);
        vm.assertEq(got, want);
        vm.assertEq(message, copy);
    }

    function testSigned(uint256 any, bytes calldata message) public view {
        uint256 secret = toSecret(any);
        checker.check(message, blsSign(secret, message), publicKey(secret));
    }

    function testOtherMessage(uint256 any, bytes memory message, uint256 at, uint8 by) public {
        vm.assume(message.length > 0 && by != 0);
        uint256 secret = toSecret(any);
        bytes memory signature = blsSign(secret, message);
        message[at % message.length] ^= bytes1(by);
        bytes memory key = publicKey(secret);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        checker.check(message, signature, key);
    }

    function testLongerMessage(uint256 any, bytes memory message, bytes memory more) public {
        vm.assume(more.length > 0);
        uint256 secret = toSecret(any);
        bytes memory signature = blsSign(secret, message);
        bytes memory key = publicKey(secret);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        checker.check(bytes.concat(message, more), signature, key);
    }

    function testOtherKey(uint256 any, uint256 other, bytes calldata message) public {
        uint256 secret = toSecret(any);
        vm.assume(toSecret(other) != secret);
        bytes memory signature = blsSign(secret, message);
        bytes memory key = publicKey(toSecret(other));
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        checker.check(message, signature, key);
    }

    /// @dev The negative of a signature is the signature under the negative key, and nothing else.
    function testNegated(uint256 any, bytes calldata message) public {
        uint256 secret = toSecret(any);
        bytes memory negative = blsSign(ORDER - secret, message);
        bytes memory key = publicKey(secret);
        checker.check(message, negative, publicKey(ORDER - secret));
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidSignature.selector));
        checker.check(message, negative, key);
    }

    function testIdentity(uint256 any, bytes calldata message) public {
        uint256 secret = toSecret(any);
        bytes memory key = publicKey(secret);
        bytes memory signature = blsSign(secret, message);

        vm.expectRevert(abi.encodeWithSelector(BLS.IdentitySignature.selector));
        checker.check(message, new bytes(128), key);
        vm.expectRevert(abi.encodeWithSelector(BLS.IdentityKey.selector));
        checker.check(message, signature, new bytes(256));
        // these two would satisfy the equation for every message
        vm.expectRevert(abi.encodeWithSelector(BLS.IdentitySignature.selector));
        checker.check(message, new bytes(128), new bytes(256));
    }

    function testLength(uint16 signatureLength, uint16 keyLength) public {
        vm.assume(signatureLength != 128 && keyLength != 256);
        bytes memory key = publicKey(1);
        bytes memory signature = blsSign(1, "");

        vm.expectRevert(abi.encodeWithSelector(BLS.SignatureLength.selector, signatureLength, 128));
        checker.check("", new bytes(signatureLength), key);
        vm.expectRevert(abi.encodeWithSelector(BLS.KeyLength.selector, keyLength, 256));
        checker.check("", signature, new bytes(keyLength));
        vm.expectRevert(abi.encodeWithSelector(BLS.SignatureLength.selector, 129, 128));
        checker.check("", bytes.concat(signature, hex"00"), key);
        vm.expectRevert(abi.encodeWithSelector(BLS.KeyLength.selector, 257, 256));
        checker.check("", signature, bytes.concat(key, hex"00"));
    }

    /// @dev A signature with one bit changed is not a signature: most often not even a point.
    function testAnyBit(uint256 any, bytes calldata message, uint16 bit) public {
        uint256 secret = toSecret(any);
        bytes memory signature = blsSign(secret, message);
        bit %= 1024;
        signature[bit / 8] ^= bytes1(uint8(1) << uint8(bit % 8));
        bytes memory key = publicKey(secret);
        vm.expectRevert();
        checker.check(message, signature, key);
    }

    /// @dev A coordinate plus the modulus is the same coordinate in another encoding.
    function testNotReduced(uint256 any, bytes calldata message, bool second) public {
        uint256 secret = toSecret(any);
        bytes memory key = publicKey(secret);
        bytes memory signature = blsSign(secret, message);
        addModulus(signature, second ? 1 : 0);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidPoint.selector));
        checker.check(message, signature, key);
    }

    function testKeyNotReduced(uint256 any, bytes calldata message, uint8 coordinate) public {
        uint256 secret = toSecret(any);
        bytes memory key = publicKey(secret);
        bytes memory signature = blsSign(secret, message);
        addModulus(key, coordinate % 4);
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidPoint.selector));
        checker.check(message, signature, key);
    }

    function testNotOnCurve() public {
        bytes memory key = publicKey(1);
        bytes memory one = new bytes(128);
        one[63] = 0x01;
        one[127] = 0x01;
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidPoint.selector));
        checker.check("", one, key);
    }

    /// @dev (0, 2) is on the curve and has order 3.
    function testOutsideTheGroup() public {
        bytes memory key = publicKey(1);
        bytes memory stray = new bytes(128);
        stray[127] = 0x02;
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidPoint.selector));
        checker.check("", stray, key);
    }

    function testKeyOutsideTheGroup() public {
        bytes memory signature = blsSign(1, "");
        vm.expectRevert(abi.encodeWithSelector(BLS.InvalidPoint.selector));
        checker.check("", signature, Vectors.STRAY_KEY);
    }

    function addModulus(bytes memory point, uint256 coordinate) internal pure {
        assembly ("memory-safe") {
            let high := add(add(point, 32), mul(coordinate, 64))
            let low := add(high, 32)
            let sum := add(mload(low), P_LOW)
            mstore(high, add(add(mload(high), P_HIGH), lt(sum, P_LOW)))
            mstore(low, sum)
        }
    }
}
