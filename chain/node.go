package chain

import "context"

// DialNode connects to the node that n names and to no contracts, for what needs none: deploying, and sending ether.
func DialNode(ctx context.Context, n Network) (*Client, error) { return dial(ctx, n) }
