// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title The token that stakes and rewards are counted in
/// @notice The whole supply exists from the start and nobody can make more. Allowances can be given by signature (EIP-2612),
/// and balances vote once they are delegated (ERC-5805).
contract SottoToken is ERC20, ERC20Permit, ERC20Votes {
    /// @notice Every token there is, in units of 10^-18.
    uint256 public constant INITIAL_SUPPLY = 1_000_000_000e18;

    /// @param holder gets the whole supply.
    constructor(address holder) ERC20("Sotto", "SOTTO") ERC20Permit("Sotto") {
        _mint(holder, INITIAL_SUPPLY);
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
