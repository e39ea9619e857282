package tbls

import (
	"fmt"
	"io"
	"log/slog"

	"go.dedis.ch/kyber/v4"
)

const hidden = "(secret)"

// secret is a scalar that no verb of fmt, no slog handler and no encoder that goes by reflection shows. It is kept in a closure because
// fmt does not call methods of unexported fields, but follows their pointers for a verb that does not fit.
type secret struct{ scalar func() kyber.Scalar }

func newSecret(s kyber.Scalar) secret { return secret{func() kyber.Scalar { return s }} }

// isZero says that there is no secret: the zero value of the type, not a scalar of zero.
func (s secret) isZero() bool { return s.scalar == nil }

func (s secret) marshal() []byte {
	if s.isZero() {
		return make([]byte, scalarSize) // which every parser refuses
	}
	return scalarBytes(s.scalar())
}

// Format writes a placeholder whatever the verb; String alone would leave %d to reflection.
func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String returns a placeholder.
func (secret) String() string { return hidden }

// LogValue returns a placeholder.
func (secret) LogValue() slog.Value { return slog.StringValue(hidden) }
