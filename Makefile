# What a reviewer would run. Each step also runs alone: bash .ci/run vet
check:
	bash .ci/run tests vet static race generate demo

fuzz:
	bash .ci/fuzz 30s

.PHONY: check fuzz
