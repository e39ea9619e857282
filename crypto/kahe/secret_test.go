package kahe_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"sync"
	"testing"

	"sotto/crypto/kahe"
)

func newSecret(tb testing.TB, params kahe.Params) *kahe.Secret {
	tb.Helper()
	s, err := kahe.NewSecret(params)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestSecretEncryptsOnce(t *testing.T) {
	params := mostSlots(t, kahe.A45, 8, 128)
	secret := newSecret(t, params)
	values := []uint32{1, 2, 3}
	if _, err := kahe.Encrypt(params, [32]byte{}, secret, values); err != nil {
		t.Fatal(err)
	}
	if _, err := kahe.Encrypt(params, [32]byte{1}, secret, values); !errors.Is(err, kahe.ErrSecretUsed) {
		t.Errorf("second use: got error %v, want %v", err, kahe.ErrSecretUsed)
	}
	untouched := kahe.Stream{Read: func([]uint32) error { t.Error("values were read for a used secret"); return nil }}
	if err := kahe.EncryptStream(params, [32]byte{}, secret, len(values), untouched); !errors.Is(err, kahe.ErrSecretUsed) {
		t.Errorf("second use by a stream: got error %v, want %v", err, kahe.ErrSecretUsed)
	}
	coefficients := secret.Coefficients()
	if len(coefficients) != params.N() {
		t.Fatalf("%d coefficients after use, want %d", len(coefficients), params.N())
	}
	secret.Wipe()
	for x, c := range coefficients {
		if c != 0 {
			t.Fatalf("coefficient %d is not erased", x)
		}
	}
	if secret.Coefficients() != nil {
		t.Error("coefficients after Wipe")
	}

	secret = newSecret(t, params)
	secret.Wipe()
	if _, err := kahe.Encrypt(params, [32]byte{}, secret, values); !errors.Is(err, kahe.ErrSecretUsed) {
		t.Errorf("use after Wipe: got error %v, want %v", err, kahe.ErrSecretUsed)
	}

	secret = newSecret(t, params)
	var wins, losses int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := kahe.Encrypt(params, [32]byte{}, secret, values)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				wins++
			} else if errors.Is(err, kahe.ErrSecretUsed) {
				losses++
			}
		})
	}
	wg.Wait()
	if wins != 1 || losses != 7 {
		t.Errorf("of 8 concurrent uses %d succeeded and %d were refused as used, want 1 and 7", wins, losses)
	}
}

func TestSecretsDiffer(t *testing.T) {
	params := mostSlots(t, kahe.A45, 8, 128)
	a, b := newSecret(t, params).Coefficients(), newSecret(t, params).Coefficients()
	same := 0
	for x := range a {
		if a[x] == b[x] {
			same++
		}
	}
	if same > len(a)/4 {
		t.Errorf("two secrets share %d of %d coefficients", same, len(a))
	}
	if _, err := kahe.NewSecret(kahe.Params{}); err == nil {
		t.Error("NewSecret accepted zero Params")
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	secret := newSecret(t, mostSlots(t, kahe.A45, 8, 128))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		if got := fmt.Sprintf(verb, secret); got != "kahe.Secret(hidden)" {
			t.Errorf("%s prints %.60s", verb, got)
		}
	}
	if got := fmt.Sprint(struct{ S *kahe.Secret }{secret}); !strings.Contains(got, "hidden") {
		t.Errorf("inside a struct it prints %.60s", got)
	}
}

func TestCBD(t *testing.T) {
	const samples = 1 << 19
	var counts [257]int
	drawn := make([]int32, samples/4)
	var sum, squares float64
	for stream := range uint64(4) {
		kahe.CBD([32]byte{42}, stream, drawn)
		for _, x := range drawn {
			if x < -kahe.SecretBound || x > kahe.SecretBound {
				t.Fatalf("sample %d, want within ±%d", x, kahe.SecretBound)
			}
			counts[x+kahe.SecretBound]++
			sum += float64(x)
			squares += float64(x) * float64(x)
		}
	}
	if mean := sum / samples; math.Abs(mean) > 5*8/math.Sqrt(samples) {
		t.Errorf("mean %.4f, want 0", mean)
	}
	if variance := squares / samples; math.Abs(variance/64-1) > 5*math.Sqrt(2./samples) {
		t.Errorf("variance %.3f, want 64", variance)
	}
	// x + 128 is binomial(256, 1/2): the ones of the first half and the zeros of the second. Bins of less than 8 go together.
	var chi2, rest float64
	var restCount, bins int
	for i, n := range counts {
		binomial, _ := new(big.Float).SetInt(new(big.Int).Binomial(256, int64(i))).Float64()
		want := samples * binomial / math.Exp2(256)
		if want < 8 {
			rest += want
			restCount += n
			continue
		}
		chi2 += (float64(n) - want) * (float64(n) - want) / want
		bins++
	}
	chi2 += (float64(restCount) - rest) * (float64(restCount) - rest) / rest
	if limit := float64(bins) + 5*math.Sqrt(2*float64(bins)); chi2 > limit || bins < 60 {
		t.Errorf("chi² %.1f over %d bins, want at most %.1f", chi2, bins, limit)
	}
}

func TestCBDCountsBits(t *testing.T) {
	// Streams are independent of how many samples are taken at once, and of each other.
	long, short, other := make([]int32, 1000), make([]int32, 10), make([]int32, 1000)
	kahe.CBD([32]byte{7}, 3, long)
	kahe.CBD([32]byte{7}, 3, short)
	kahe.CBD([32]byte{7}, 4, other)
	same := 0
	for x := range long {
		if x < len(short) && long[x] != short[x] {
			t.Fatalf("sample %d depends on the number of samples", x)
		}
		if long[x] == other[x] {
			same++
		}
	}
	if same > 150 {
		t.Errorf("two streams share %d of 1000 samples", same)
	}
}
