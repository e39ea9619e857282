// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The cheatcodes of forge that the tests use.
interface Vm {
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);

    function getCode(string calldata artefact) external view returns (bytes memory);
    function deployCode(string calldata artefact, bytes calldata arguments) external returns (address);

    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function warp(uint256 time) external;
    function roll(uint256 number) external;
    function chainId(uint256 id) external;
    function getChainId() external view returns (uint256);
    function getBlockTimestamp() external view returns (uint256);
    function getBlockNumber() external view returns (uint256);
    function assume(bool condition) external pure;

    function expectRevert() external;
    function expectRevert(bytes calldata reason) external;
    function expectEmit(address emitter) external;
    function lastCallGas() external view returns (Gas memory);

    function assertEq(uint256 got, uint256 want) external pure;
    function assertEq(uint256 got, uint256 want, string calldata what) external pure;
    function assertEq(bytes32 got, bytes32 want) external pure;
    function assertEq(bytes32 got, bytes32 want, string calldata what) external pure;
    function assertEq(address got, address want) external pure;
    function assertEq(bytes calldata got, bytes calldata want) external pure;
    function assertEq(string calldata got, string calldata want) external pure;
    function assertEq(address[] calldata got, address[] calldata want) external pure;
    function assertTrue(bool got) external pure;
    function assertFalse(bool got) external pure;
    function assertLe(uint256 got, uint256 bound) external pure;
    function assertLe(uint256 got, uint256 bound, string calldata what) external pure;
}
