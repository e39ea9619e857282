#!/bin/sh
# Runs the Foundry tests of the contracts, with fuzzing, on the committed bytecode.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund --silent
node_modules/.bin/forge test
