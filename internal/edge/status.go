package edge

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sotto/round"
)

// errorDomain is the domain of the ErrorInfo details that carry a refusal's reason.
const errorDomain = "sotto"

// code assigns gRPC codes to reasons, here and nowhere else.
func code(r round.Reason) codes.Code {
	switch r {
	case round.ReasonMalformed, round.ReasonTooLarge, round.ReasonCutOff:
		return codes.InvalidArgument
	case round.ReasonBadSignature, round.ReasonDoesNotVerify, round.ReasonNotRegistered, round.ReasonNotAMember:
		return codes.PermissionDenied
	case round.ReasonWrongRound, round.ReasonWrongLeaf, round.ReasonWrongModel, round.ReasonRoundClosed, round.ReasonNoRound, round.ReasonLeafFull:
		return codes.FailedPrecondition
	case round.ReasonDuplicate:
		return codes.AlreadyExists
	case round.ReasonBusy:
		return codes.ResourceExhausted
	case round.ReasonNotFound:
		return codes.NotFound
	}
	return codes.Unknown
}

// Status turns an error into a gRPC status. A refusal keeps its reason and hint; the text of any other error stays on this side, since
// it may speak of files and keys.
func Status(err error) error {
	if err == nil {
		return nil
	}
	var r *round.Refusal
	switch {
	case errors.As(err, &r):
		s := status.New(code(r.Reason), r.Text)
		if with, err := s.WithDetails(&errdetails.ErrorInfo{Reason: string(r.Reason), Domain: errorDomain, Metadata: map[string]string{"hint": r.Hint}}); err == nil {
			s = with
		}
		return s.Err()
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "call was cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "call took too long")
	}
	if s, ok := status.FromError(err); ok && s.Code() != codes.Unknown {
		return err
	}
	return status.Error(codes.Internal, "internal error")
}

// Refusal turns a gRPC status that carries a reason back into the [round.Refusal] that it was made of, and returns other errors as they
// are.
func Refusal(err error) error {
	s, ok := status.FromError(err)
	if !ok || err == nil {
		return err
	}
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == errorDomain {
			return &round.Refusal{Reason: round.Reason(info.GetReason()), Text: s.Message(), Hint: info.GetMetadata()["hint"]}
		}
	}
	return err
}

// Unreachable reports whether a call failed because the connection broke or did not come about. That its server holds another key than the
// pinned one is no such failure: it will hold it the next time, too.
func Unreachable(err error) bool {
	var s interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &s) || s.GRPCStatus().Code() != codes.Unavailable {
		return false
	}
	// gRPC keeps the text of what a handshake failed with, and no more.
	return !strings.Contains(s.GRPCStatus().Message(), ErrPinned.Error())
}
