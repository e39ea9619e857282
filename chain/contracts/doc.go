// Package contracts is the guide to Sotto's contracts (docs/protocol.md, chain). It holds no code: each contract has a folder
// and a Go package of its own, with its source, its compiled form and its generated bindings side by side.
//
//	sottotoken   the ERC-20 token of stakes and rewards, with votes and permit
//	registry     contributors with their stake, committees with their keys
//	rounds       checks the certificates of rounds and keeps the newest head and model
//	rewards      sponsors' pools and the contributors' claims on them
//	bls          what registry and rounds share: BLS12-381 signatures by EIP-2537; Solidity only
//	test         Foundry tests; Solidity only
//
// # Deploying
//
// Registry, Rounds and Rewards name one another, and none of them can be pointed elsewhere later. So their addresses are
// computed before they are made: from one account, with nothing in between, at the nonces n, n+1, n+2 and n+3,
//
//	SottoToken(holder)
//	Registry(token, stake, owner, rounds, replacementDelay, exitDelay)    rounds: the address at nonce n+2
//	Rounds(registry, rewards, modelId, firstModel)                        rewards: the address at nonce n+3
//	Rewards(token, rounds)
//
// where an address is [github.com/ethereum/go-ethereum/crypto.CreateAddress] of the account and the nonce. Rounds and Rewards
// refuse to be made at another address than the one that was announced.
//
// # What they assume and say
//
// The chain has the Prague rules or later ones, for the EIP-2537 precompiles; the compiled code is for Osaka. Registry's owner
// names the first committee and can replace a lost one after a delay; it can neither touch stakes or pools nor sign rounds.
// Rewards are worth as much as the committee: the contracts see to it that a pool never pays more than was deposited in it,
// and that no pool pays for another. What is in a pool stays there until it is claimed. Everything on the chain is public:
// addresses, stakes, rewards and when an address took them.
//
// Refusals are custom errors with the value seen and the value wanted. One contract may pass on what another says: finalize
// can fail with an error of rewards (PoolOverdrawn), register and deposit with one of sottotoken (ERC20InsufficientAllowance).
// A signature or key that is no point of its group (InvalidPoint) costs the sender all the gas that the transaction had, as
// the precompile has it; a wrong signature that is a point (InvalidSignature) costs what was used.
//
// # Changing them
//
// generate.sh compiles and makes the bindings; check.sh does so elsewhere and fails if the committed files differ; then
// node_modules/.bin/forge test runs the Foundry tests on the committed code. All three need Node and the packages that npm ci
// brings; building the Go module needs none of this. The Go tests here compare the bindings with the compiled contracts, and
// compute with gnark-crypto what the Foundry tests check BLS.sol against (go test ./chain/contracts -update).
package contracts

//go:generate ./generate.sh
