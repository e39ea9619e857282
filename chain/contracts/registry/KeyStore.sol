// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../bls/BLS.sol";

/// @title A group key kept as the code of an account
/// @notice Reading a key of 256 bytes this way costs 2,600 gas, from eight storage slots 16,800. It is written once an epoch
/// and read by every certificate.
library KeyStore {
    /// @notice The account could not be made.
    error NotWritten();

    /// @dev PUSH2 257, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: returns the 257 bytes that follow. The
    /// first of them is a STOP, so that the key can never run.
    bytes private constant CONSTRUCTOR = hex"61010180600a3d393df300";

    function write(bytes memory key) internal returns (address store) {
        require(key.length == BLS.KEY_LENGTH, BLS.KeyLength(key.length, BLS.KEY_LENGTH));
        bytes memory code = bytes.concat(CONSTRUCTOR, key);
        assembly ("memory-safe") {
            store := create(0, add(code, 32), mload(code))
        }
        require(store != address(0), NotWritten());
    }

    function read(address store) internal view returns (bytes memory key) {
        key = new bytes(BLS.KEY_LENGTH);
        assembly ("memory-safe") {
            extcodecopy(store, add(key, 32), 1, mload(key))
        }
    }
}
