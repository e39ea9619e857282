package committee

import (
	"context"

	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// remote fetches from the aggregator.
type remote struct{ client proto.AggregatorClient }

func (f remote) Candidate(ctx context.Context, number, limit uint64) ([]byte, error) {
	return edge.Fetch(ctx, f.client, &proto.FetchRequest{Object: &proto.FetchRequest_Candidate{Candidate: number}}, limit)
}

func (f remote) Model(ctx context.Context, hash round.Hash, limit uint64) ([]byte, error) {
	return edge.Fetch(ctx, f.client, &proto.FetchRequest{Object: &proto.FetchRequest_Model{Model: hash[:]}}, limit)
}

func (f remote) Rewards(ctx context.Context, number uint64) (round.Rewards, error) {
	b, err := edge.Fetch(ctx, f.client, &proto.FetchRequest{Object: &proto.FetchRequest_Rewards{Rewards: number}}, round.MaxManifestBytes)
	if err != nil {
		return nil, err
	}
	var r round.Rewards
	if err := round.Decode("rewards", b, round.MaxManifestBytes, &r); err != nil {
		return nil, round.Refuse(round.ReasonMalformed, err.Error(), "")
	}
	return r, nil
}
