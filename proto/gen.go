// Package proto holds the gRPC services that carry the messages of package round (sotto.proto) and the code generated from them.
package proto

//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.75.0 generate
