#!/bin/sh
# Compiles the contracts and makes their Go bindings.
#
#	./generate.sh [folder]     writes below this folder, or below another one
#
# It needs Node and Go, and the packages of package-lock.json from the npm registry.
set -eu
cd "$(dirname "$0")"
target=${1:-.}

# Nothing that a package brings is run: the compiler is JavaScript, and forge and anvil work without their scripts.
npm ci --ignore-scripts --no-audit --no-fund
node build.mjs "$target"

for contract in SottoToken Registry Rounds Rewards; do
	package=$(echo "$contract" | tr '[:upper:]' '[:lower:]')
	folder=$target/$package
	node -e '
		const fs = require("node:fs");
		const a = JSON.parse(fs.readFileSync(process.argv[1], "utf8"));
		fs.writeFileSync(process.argv[2], JSON.stringify(a.abi));
		fs.writeFileSync(process.argv[3], a.bytecode);
	' "$folder/$contract.json" "$folder/abi.tmp" "$folder/bin.tmp"
	go run github.com/ethereum/go-ethereum/cmd/abigen@v1.17.10 --v2 \
		--abi "$folder/abi.tmp" --bin "$folder/bin.tmp" --pkg "$package" --type "$contract" --out "$folder/bindings.go"
	rm "$folder/abi.tmp" "$folder/bin.tmp"
	gofmt -w "$folder/bindings.go"
done
