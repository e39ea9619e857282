// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice The tests run what build.mjs has written, and this says that it was written from the present sources.
contract ArtefactsTest {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function testPresent() public view {
        same("sottotoken/SottoToken.json", "out/SottoToken.sol/SottoToken.json");
        same("registry/Registry.json", "out/Registry.sol/Registry.json");
        same("rounds/Rounds.json", "out/Rounds.sol/Rounds.json");
        same("rewards/Rewards.json", "out/Rewards.sol/Rewards.json");
    }

    function same(string memory written, string memory present) internal view {
        vm.assertEq(
            keccak256(vm.getCode(written)),
            keccak256(vm.getCode(present)),
            string.concat(written, " is older than its source: run ./generate.sh")
        );
    }
}
