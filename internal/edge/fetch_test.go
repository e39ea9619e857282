package edge_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"sotto/internal/edge"
	"sotto/proto"
)

// pieces is a server that answers a fetch with so many messages, and with the last one again and again if endless.
type pieces struct {
	proto.AggregatorClient
	grpc.ServerStreamingClient[proto.FetchResponse]
	messages []*proto.FetchResponse
	endless  bool
}

func (p *pieces) Fetch(context.Context, *proto.FetchRequest, ...grpc.CallOption) (grpc.ServerStreamingClient[proto.FetchResponse], error) {
	return p, nil
}

func (p *pieces) Recv() (*proto.FetchResponse, error) {
	if len(p.messages) == 0 {
		return nil, io.EOF
	}
	m := p.messages[0]
	if len(p.messages) > 1 || !p.endless {
		p.messages = p.messages[1:]
	}
	return m, nil
}

// A server can't make a fetch take more than the limit, go on for ever, or end with another size than announced.
func TestFetchIsBounded(t *testing.T) {
	piece := func(total uint64, data string) *proto.FetchResponse {
		return &proto.FetchResponse{Total: total, Data: []byte(data)}
	}
	for _, c := range []struct {
		name    string
		server  *pieces
		content string
		refused string
	}{
		{"whole", &pieces{messages: []*proto.FetchResponse{piece(5, "abc"), piece(5, "de")}}, "abcde", ""},
		{"empty", &pieces{messages: []*proto.FetchResponse{piece(0, "")}}, "", ""},
		{"too large", &pieces{messages: []*proto.FetchResponse{piece(11, "abc")}}, "", "object of 11 bytes is too large: at most 10"},
		{"too long", &pieces{messages: []*proto.FetchResponse{piece(2, "abc")}}, "", "object of 2 announced bytes goes on after them"},
		{"cut off", &pieces{messages: []*proto.FetchResponse{piece(5, "abc")}}, "", "object ended after 3 bytes, before what was announced"},
		{"endless", &pieces{messages: []*proto.FetchResponse{piece(5, "abc"), piece(5, "")}, endless: true}, "", "object of 5 bytes comes in empty pieces"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got bytes.Buffer
			err := edge.FetchTo(t.Context(), c.server, &proto.FetchRequest{}, 10, &got)
			switch {
			case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
				t.Errorf("got %v, want %s", err, c.refused)
			case c.refused == "" && (err != nil || got.String() != c.content):
				t.Errorf("got %q (%v), want %q", &got, err, c.content)
			}
		})
	}
}
