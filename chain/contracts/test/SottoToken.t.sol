// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Network} from "./Network.sol";

contract SottoTokenTest is Network {
    function setUp() public {
        deploy();
    }

    function testSupply() public view {
        vm.assertEq(token.name(), "Sotto");
        vm.assertEq(token.symbol(), "SOTTO");
        vm.assertEq(token.decimals(), 18);
        vm.assertEq(token.totalSupply(), 1_000_000_000e18);
        vm.assertEq(token.balanceOf(sponsor), token.totalSupply());
    }

    function testTransfer(address to, uint256 amount) public {
        vm.assume(to != address(0) && to != sponsor);
        amount %= token.totalSupply() + 1;
        vm.prank(sponsor);
        vm.assertTrue(token.transfer(to, amount));
        vm.assertEq(token.balanceOf(to), amount);
        vm.assertEq(token.balanceOf(sponsor) + amount, token.totalSupply());
    }

    function testVotesFollowDelegation(address to, uint256 amount, address delegate) public {
        vm.assume(to != address(0) && to != sponsor && delegate != address(0));
        amount %= token.totalSupply() + 1;
        vm.prank(sponsor);
        token.transfer(to, amount);
        vm.assertEq(token.getVotes(delegate), 0);
        vm.prank(to);
        token.delegate(delegate);
        vm.assertEq(token.getVotes(delegate), amount);
        vm.prank(to);
        token.transfer(sponsor, amount);
        vm.assertEq(token.getVotes(delegate), 0);
        vm.roll(vm.getBlockNumber() + 1);
        vm.assertEq(token.getPastTotalSupply(vm.getBlockNumber() - 1), token.totalSupply());
    }

    function testPermit(uint256 any, address spender, uint256 amount, uint256 deadline) public {
        vm.assume(spender != address(0) && deadline >= vm.getBlockTimestamp());
        uint256 secret = 1 + any % (type(uint128).max);
        address holder = vm.addr(secret);
        (uint8 v, bytes32 r, bytes32 s) = permit(secret, spender, amount, 0, deadline);
        token.permit(holder, spender, amount, deadline, v, r, s);
        vm.assertEq(token.allowance(holder, spender), amount);
        vm.assertEq(token.nonces(holder), 1);

        // once only
        vm.expectRevert();
        token.permit(holder, spender, amount, deadline, v, r, s);
    }

    function testPermitOfAnotherChain(uint64 other) public {
        vm.assume(other != 0 && other != vm.getChainId());
        (uint8 v, bytes32 r, bytes32 s) = permit(7, owner, 1, 0, type(uint256).max);
        vm.chainId(other);
        vm.expectRevert();
        token.permit(vm.addr(7), owner, 1, type(uint256).max, v, r, s);
    }

    function testPermitTooLate() public {
        vm.warp(1000);
        (uint8 v, bytes32 r, bytes32 s) = permit(7, owner, 1, 0, 999);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, 999));
        token.permit(vm.addr(7), owner, 1, 999, v, r, s);
    }
}
