package kahe_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sotto/crypto/kahe"
)

// reader gives values one after the other.
func reader(values []uint32) func([]uint32) error {
	return func(dst []uint32) error {
		if len(dst) > len(values) {
			return fmt.Errorf("%d values asked for, %d are left", len(dst), len(values))
		}
		copy(dst, values)
		values = values[len(dst):]
		return nil
	}
}

func TestStreamIsTheCiphertext(t *testing.T) {
	for _, params := range []kahe.Params{mostSlots(t, kahe.A45, 16, 128), mostSlots(t, kahe.B90, 12, 1000), mostSlots(t, kahe.C180, 8, 128), mostSlots(t, kahe.TestInsecure, 8, 128)} {
		full, part := params.BlockParameters(), kahe.PartBlocks(params)*params.BlockParameters()
		for _, count := range []int{1, full - 1, full, 2*full + 3, part, part + 1, 7*part + full + 1} {
			values := make([]uint32, count)
			for j := range values {
				values[j] = rand.Uint32N(1 << params.Bits())
			}
			key := [32]byte{byte(params.Set())}
			whole, err := kahe.Encrypt(params, [32]byte{9}, kahe.SeededSecret(params, key), values)
			if err != nil {
				t.Fatal(err)
			}
			if n := params.CiphertextBytes(count); len(whole) != n {
				t.Fatalf("%d bytes, want %d", len(whole), n)
			}
			for _, processors := range []int{1, 2, 5} {
				before := runtime.GOMAXPROCS(processors)
				var written bytes.Buffer
				var mu sync.Mutex
				parts := map[int][]byte{}
				err := kahe.EncryptStream(params, [32]byte{9}, kahe.SeededSecret(params, key), count, kahe.Stream{
					Read: reader(values),
					Part: func(first int, packed []byte) error {
						mu.Lock()
						defer mu.Unlock()
						parts[first] = bytes.Clone(packed)
						return nil
					},
					Write: func(packed []byte) error { written.Write(packed); return nil },
				})
				runtime.GOMAXPROCS(before)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(written.Bytes(), whole) {
					t.Errorf("%v, %d values, %d processors: the stream is not the ciphertext", params.Set(), count, processors)
				}
				var joined []byte
				for first := 0; first < params.Coefficients(count); first += kahe.PartBlocks(params) * params.N() {
					joined = append(joined, parts[first]...)
				}
				if !bytes.Equal(joined, whole) || len(parts) != (count+part-1)/part {
					t.Errorf("%v, %d values, %d processors: %d parts are not the ciphertext", params.Set(), count, processors, len(parts))
				}
			}
		}
	}
}

func TestStreamBoundsPartsInMemory(t *testing.T) {
	params := mostSlots(t, kahe.TestInsecure, 8, 128)
	for _, processors := range []int{1, 3, 100} {
		before := runtime.GOMAXPROCS(processors)
		inMemory, most := 0, 0
		var mu sync.Mutex
		count := func(by int) error {
			mu.Lock()
			defer mu.Unlock()
			inMemory += by
			most = max(most, inMemory)
			return nil
		}
		err := kahe.EncryptStream(params, [32]byte{}, newSecret(t, params), 40*kahe.PartBlocks(params)*params.BlockParameters(), kahe.Stream{
			Read:  func([]uint32) error { return count(1) },
			Write: func([]byte) error { return count(-1) },
		})
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		if inMemory != 0 || most > min(processors, 16) {
			t.Errorf("%d processors: up to %d parts in memory, want at most %d", processors, most, min(processors, 16))
		}
	}
}

// TestStreamStops lets each of a stream's functions fail at each part: the error comes back, nothing is written out of turn, and the
// secret is used.
func TestStreamStops(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	params := mostSlots(t, kahe.TestInsecure, 8, 128)
	const parts = 9
	blocks := kahe.PartBlocks(params)
	values := make([]uint32, parts*blocks*params.BlockParameters())
	for j := range values {
		values[j] = uint32(j) % 256
	}
	key := [32]byte{1}
	whole, err := kahe.Encrypt(params, [32]byte{}, kahe.SeededSecret(params, key), values)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for _, function := range []string{"Read", "Part", "Write", "a value"} {
		for failing := range parts {
			secret := kahe.SeededSecret(params, key)
			var written bytes.Buffer
			var reads, writes int
			var done atomic.Bool
			read := reader(values)
			err := kahe.EncryptStream(params, [32]byte{}, secret, len(values), kahe.Stream{
				Read: func(dst []uint32) error {
					reads++
					if function == "Read" && reads == failing+1 {
						return broken
					}
					err := read(dst)
					if function == "a value" && reads == failing+1 {
						dst[len(dst)-1] = 256
					}
					return err
				},
				Part: func(first int, _ []byte) error {
					if done.Load() {
						t.Error("called after the end")
					}
					if function == "Part" && first == failing*blocks*params.N() {
						return broken
					}
					return nil
				},
				Write: func(packed []byte) error {
					writes++
					if function == "Write" && writes == failing+1 {
						return broken
					}
					written.Write(packed)
					return nil
				},
			})
			done.Store(true)
			if function == "a value" {
				if want := fmt.Sprintf("block %d has a value of more than 8 bits", failing*blocks+blocks-1); err == nil || err.Error() != want {
					t.Errorf("a value that is too large: got error %v, want %s", err, want)
				}
			} else if !errors.Is(err, broken) {
				t.Errorf("%s fails at part %d: got error %v", function, failing, err)
			}
			if !bytes.HasPrefix(whole, written.Bytes()) || writes > failing+1 || reads > failing+5 {
				t.Errorf("%s fails at part %d: %d reads, %d writes", function, failing, reads, writes)
			}
			if err := kahe.EncryptStream(params, [32]byte{}, secret, len(values), kahe.Stream{}); !errors.Is(err, kahe.ErrSecretUsed) {
				t.Errorf("%s failed: the secret's second use gives %v, want %v", function, err, kahe.ErrSecretUsed)
			}
		}
	}
}

func TestStreamRefuses(t *testing.T) {
	params := mostSlots(t, kahe.A45, 8, 128)
	other := newSecret(t, mostSlots(t, kahe.B90, 8, 128))
	for _, test := range []struct {
		params     kahe.Params
		secret     *kahe.Secret
		parameters int
		want       string
	}{
		{params, newSecret(t, params), 0, "0 model parameters"},
		{params, other, 1, "secret was made for set B90, want set A45"},
		{kahe.Params{}, newSecret(t, params), 1, "not made by NewParams"},
	} {
		if err := kahe.EncryptStream(test.params, [32]byte{}, test.secret, test.parameters, kahe.Stream{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got error %v, want %q", err, test.want)
		}
	}
}
