package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"sync"

	"github.com/tuneinsight/lattigo/v5/core/rlwe"
	"github.com/tuneinsight/lattigo/v5/mhe"
	"github.com/tuneinsight/lattigo/v5/ring"
	"github.com/tuneinsight/lattigo/v5/schemes/bgv"
	"github.com/tuneinsight/lattigo/v5/schemes/ckks"
	"github.com/tuneinsight/lattigo/v5/utils/sampling"

	"sotto/benchmarks/measure"
)

// latticeBGV is exact homomorphic encryption to a key that no single key holder has.
var latticeBGV = &System{
	Name: "lattigo-bgv", Title: "Lattigo BGV, multiparty",
	Gives: Gives{
		DropOuts:   "contributors may vanish, no key holder may: all n are needed (Lattigo has a threshold variant)",
		KeyHolders: "private unless all n collude, against holders that follow the protocol; one wrong share spoils the mean and nobody can tell whose",
		OneMessage: "yes",
		Check:      "nobody",
		Besides:    "one key for many rounds; more than sums can be computed",
	},
	Settings: func(w Workload) (string, error) {
		p, flood, err := bgvParameters(w)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("Lattigo v5.0.7, N = %d, log2 q = %.0f in %d primes, no special prime, plaintext modulus %d (%.1f bits), %d values a ciphertext, %d key holders of %d, flooding of standard deviation 2^%.1f (40 bits above the noise of the sum), 64-bit words on the wire",
			p.N(), p.LogQ(), len(p.Q()), p.PlaintextModulus(), p.LogT(), p.MaxSlots(), w.Members, w.Members, math.Log2(flood)), nil
	},
	NewContributor: func(w Workload) (Contributor, error) {
		p, _, err := bgvParameters(w)
		return &bgvContributor{w: w, params: p}, err
	},
	NewAggregator: newBGVAggregator,
}

// floodingBits is how many bits the noise that hides the key holders' shares lies above the noise of the sum.
const floodingBits = 40

// bgvRings are what the sum may be computed in, smallest first. Both have 128 bits of security by the tables of the homomorphic encryption
// standard (Albrecht et al., 2018): at most 109 bits of modulus for N = 4096, 218 for 8192.
var bgvRings = []struct {
	logN int
	logQ []int
}{{12, []int{54, 54}}, {13, []int{60, 60}}}

// bgvParameters returns the smallest ring in which the flooding fits, a plaintext modulus above every sum that K_max allows, and the
// standard deviation of the flooding.
func bgvParameters(w Workload) (bgv.Parameters, float64, error) {
	for _, r := range bgvRings {
		// Noise of a fresh encryption under a key that is the sum of n ternary ones, in units of the error's standard deviation:
		// u·e_pk + e_0 + e_1·s, where e_pk and s are sums over n key holders.
		n := float64(int(1) << r.logN)
		fresh := rlwe.DefaultNoise * math.Sqrt(1+2*float64(w.Members)*n*2/3)
		flood := math.Exp2(floodingBits) * fresh * math.Sqrt(float64(w.Contributors))
		// Lattigo's sampler cuts off at six standard deviations and does not reduce by the primes.
		if math.Log2(6*flood) > float64(r.logQ[0])-0.1 {
			continue
		}
		modulus, err := primeAbove(uint64(w.KMax)*(1<<w.Bits-1), 2<<r.logN)
		if err != nil {
			return bgv.Parameters{}, 0, err
		}
		p, err := bgv.NewParametersFromLiteral(bgv.ParametersLiteral{LogN: r.logN, LogQ: r.logQ, PlaintextModulus: modulus})
		return p, flood, err
	}
	return bgv.Parameters{}, 0, fmt.Errorf("no ring for %d bits of flooding over sums of %d", floodingBits, w.Contributors)
}

// primeAbove returns the smallest prime above least that is 1 modulo order, so that values can be batched.
func primeAbove(least uint64, order int) (uint64, error) {
	for p := least/uint64(order)*uint64(order) + 1; bits.Len64(p) < 60; p += uint64(order) {
		if p > least && ring.IsPrime(p) {
			return p, nil
		}
	}
	return 0, fmt.Errorf("no prime above %d", least)
}

type bgvContributor struct {
	sender
	w      Workload
	params bgv.Parameters
	pk     *rlwe.PublicKey
}

func (c *bgvContributor) Join(_ context.Context, inv Invitation) error {
	c.pk = rlwe.NewPublicKey(c.params)
	if err := c.pk.UnmarshalBinary(inv.Public); err != nil {
		return err
	}
	return c.join(inv)
}

func (c *bgvContributor) Make(_ int, x []float32) (int, error) {
	values, err := c.w.quantise(x)
	if err != nil {
		return 0, err
	}
	encoder, encryptor := bgv.NewEncoder(c.params), rlwe.NewEncryptor(c.params, c.pk)
	plaintext, ciphertext := bgv.NewPlaintext(c.params, c.params.MaxLevel()), bgv.NewCiphertext(c.params, 1, c.params.MaxLevel())
	slots := make([]uint64, c.params.MaxSlots())
	out := newWire(ciphertext, len(values), len(slots))
	for len(values) > 0 {
		n := min(len(slots), len(values))
		for k, v := range values[:n] {
			slots[k] = uint64(v)
		}
		values = values[n:]
		if err := errors.Join(encoder.Encode(slots[:n], plaintext), encryptor.Encrypt(plaintext, ciphertext), out.append(ciphertext)); err != nil {
			return 0, err
		}
	}
	c.message = out.Bytes()
	return len(c.message), nil
}

// wire collects ciphertexts in Lattigo's encoding.
type wire struct{ bytes.Buffer }

func newWire(template *rlwe.Ciphertext, values, slots int) *wire {
	w := new(wire)
	w.Grow((values + slots - 1) / slots * template.BinarySize())
	return w
}

func (w *wire) append(c *rlwe.Ciphertext) error {
	_, err := c.WriteTo(&w.Buffer)
	return err
}

// ciphertextSums adds up ciphertexts position by position. Addition is the same in both schemes.
type ciphertextSums struct {
	ring *ring.Ring
	size int // bytes of a ciphertext

	mu   sync.Mutex
	sums []*rlwe.Ciphertext
}

func newCiphertextSums(params rlwe.Parameters, template *rlwe.Ciphertext, values, slots int) *ciphertextSums {
	return &ciphertextSums{ring: params.RingQ().AtLevel(template.Level()), size: template.BinarySize(),
		sums: make([]*rlwe.Ciphertext, (values+slots-1)/slots)}
}

func (s *ciphertextSums) ingest(r io.Reader) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	encoded := make([]byte, s.size)
	received := new(rlwe.Ciphertext)
	for i := range s.sums {
		if _, err := io.ReadFull(r, encoded); err != nil {
			return err
		}
		if err := received.UnmarshalBinary(encoded); err != nil {
			return err
		}
		if received.Degree() != 1 || received.Level() != s.ring.Level() {
			return fmt.Errorf("ciphertext of degree %d and level %d, want 1 and %d", received.Degree(), received.Level(), s.ring.Level())
		}
		if s.sums[i] == nil {
			s.sums[i] = received.CopyNew()
			continue
		}
		for k := range received.Value {
			s.ring.Add(s.sums[i].Value[k], received.Value[k], s.sums[i].Value[k])
		}
	}
	return nil
}

type bgvAggregator struct {
	*door
	*ciphertextSums
	w      Workload
	params bgv.Parameters
	flood  float64
	keys   []*rlwe.SecretKey // of the holders
}

// newBGVAggregator lets n holders make a collective public key.
func newBGVAggregator(_ context.Context, w Workload, _ []byte) (Aggregator, error) {
	params, flood, err := bgvParameters(w)
	if err != nil {
		return nil, err
	}
	a := &bgvAggregator{w: w, params: params, flood: flood,
		ciphertextSums: newCiphertextSums(params.Parameters, bgv.NewCiphertext(params, 1, params.MaxLevel()), w.Parameters, params.MaxSlots())}
	crs, err := sampling.NewPRNG()
	if err != nil {
		return nil, err
	}
	protocol := mhe.NewPublicKeyGenProtocol(params)
	common, sum := protocol.SampleCRP(crs), protocol.AllocateShare()
	generator := rlwe.NewKeyGenerator(params)
	for range w.Members {
		key, share := generator.GenSecretKeyNew(), protocol.AllocateShare()
		protocol.GenShare(key, common, &share)
		protocol.AggregateShares(sum, share, &sum)
		a.keys = append(a.keys, key)
	}
	pk := rlwe.NewPublicKey(params)
	protocol.GenPublicKey(sum, common, pk)
	public, err := pk.MarshalBinary()
	if err != nil {
		return nil, err
	}
	a.door, err = newDoor(a, public)
	return a, err
}

// Open lets every holder make its shares, each bit of which travels as it would, and decrypts with their sum.
func (a *bgvAggregator) Open(context.Context) (*Opening, error) {
	zero := rlwe.NewSecretKey(a.params)
	o := &Opening{Mean: make([]float64, 0, a.w.Parameters)}
	shares := make([][][]byte, len(a.keys)) // of each holder, by ciphertext
	for j, key := range a.keys {
		m := Member{Carries: "half of every summed ciphertext in, a share of the same size out"}
		span := measure.Begin()
		protocol, err := mhe.NewKeySwitchProtocol(a.params, ring.DiscreteGaussian{Sigma: a.flood, Bound: 6 * a.flood})
		if err != nil {
			return nil, err
		}
		share := protocol.AllocateShare(a.params.MaxLevel())
		for _, c := range a.sums {
			protocol.GenShare(key, zero, c, &share)
			encoded, err := share.MarshalBinary()
			if err != nil {
				return nil, err
			}
			shares[j] = append(shares[j], encoded)
			m.In += int64(c.Value[1].BinarySize())
			m.Out += int64(len(encoded))
		}
		m.CPU = span.End().CPU
		o.Members = append(o.Members, m)
	}

	span := measure.Begin()
	protocol, err := mhe.NewKeySwitchProtocol(a.params, ring.DiscreteGaussian{Sigma: a.flood, Bound: 6 * a.flood})
	if err != nil {
		return nil, err
	}
	encoder, decryptor := bgv.NewEncoder(a.params), rlwe.NewDecryptor(a.params, zero)
	opened, plaintext := bgv.NewCiphertext(a.params, 1, a.params.MaxLevel()), bgv.NewPlaintext(a.params, a.params.MaxLevel())
	share, sums := protocol.AllocateShare(a.params.MaxLevel()), make([]uint64, a.params.MaxSlots())
	q := a.w.Quantiser()
	for i, c := range a.sums {
		sum := protocol.AllocateShare(a.params.MaxLevel())
		for _, holder := range shares {
			if err := errors.Join(share.UnmarshalBinary(holder[i]), protocol.AggregateShares(sum, share, &sum)); err != nil {
				return nil, err
			}
		}
		protocol.KeySwitch(c, sum, opened)
		decryptor.Decrypt(opened, plaintext)
		if err := encoder.Decode(plaintext, sums); err != nil {
			return nil, err
		}
		for _, s := range sums[:min(len(sums), a.w.Parameters-len(o.Mean))] {
			o.Mean = append(o.Mean, q.Dequantise(s, a.w.Contributors)/float64(a.w.Contributors))
		}
	}
	o.Cost = span.End()
	return o, nil
}

// latticeCKKS is approximate homomorphic encryption as NVFlare does it with TenSEAL: all contributors hold the same key.
var latticeCKKS = &System{
	Name: "lattigo-ckks", Title: "Lattigo CKKS, as in NVFlare",
	Gives: Gives{
		DropOuts:   "whoever vanishes is left out",
		KeyHolders: "every contributor holds the same key: one of them together with the aggregator reads everybody's update",
		OneMessage: "yes; every contributor also fetches and decrypts the encrypted sum",
		Check:      "nobody",
		Besides:    "no rounding of values, the aggregator need not know the mean",
	},
	Unquantised: true, Tolerance: 1e-5,
	Settings: func(w Workload) (string, error) {
		p, err := ckksParameters()
		if err != nil {
			return "", err
		}
		packed := float64(p.LogQ()*2*float64(p.N())) / 8 / float64(p.MaxSlots())
		return fmt.Sprintf("Lattigo v5.0.7, N = %d, moduli of 60 and 40 bits and a special prime of 40, scale 2^%d, %d values a ciphertext, public-key encryption, 64-bit words on the wire (computed: %.1f bytes a value if packed to the bits of the moduli)",
			p.N(), p.LogDefaultScale(), p.MaxSlots(), packed), nil
	},
	NewContributor: func(w Workload) (Contributor, error) {
		p, err := ckksParameters()
		return &ckksContributor{params: p}, err
	},
	NewAggregator: newCKKSAggregator,
}

// ckksParameters returns NVFlare's: poly_modulus_degree 8192, coeff_mod_bit_sizes [60, 40, 40], of which SEAL keeps the last one for keys,
// scale_bits 40.
func ckksParameters() (ckks.Parameters, error) {
	return ckks.NewParametersFromLiteral(ckks.ParametersLiteral{LogN: 13, LogQ: []int{60, 40}, LogP: []int{40}, LogDefaultScale: 40})
}

type ckksContributor struct {
	sender
	params ckks.Parameters
	pk     *rlwe.PublicKey
}

func (c *ckksContributor) Join(_ context.Context, inv Invitation) error {
	c.pk = rlwe.NewPublicKey(c.params)
	if err := c.pk.UnmarshalBinary(inv.Public); err != nil {
		return err
	}
	return c.join(inv)
}

func (c *ckksContributor) Make(_ int, x []float32) (int, error) {
	encoder, encryptor := ckks.NewEncoder(c.params), rlwe.NewEncryptor(c.params, c.pk)
	plaintext, ciphertext := ckks.NewPlaintext(c.params, c.params.MaxLevel()), ckks.NewCiphertext(c.params, 1, c.params.MaxLevel())
	slots := make([]float64, c.params.MaxSlots())
	out := newWire(ciphertext, len(x), len(slots))
	for len(x) > 0 {
		n := min(len(slots), len(x))
		for k, v := range x[:n] {
			slots[k] = float64(v)
		}
		x = x[n:]
		if err := errors.Join(encoder.Encode(slots[:n], plaintext), encryptor.Encrypt(plaintext, ciphertext), out.append(ciphertext)); err != nil {
			return 0, err
		}
	}
	c.message = out.Bytes()
	return len(c.message), nil
}

type ckksAggregator struct {
	*door
	*ciphertextSums
	w      Workload
	params ckks.Parameters
	key    *rlwe.SecretKey
}

func newCKKSAggregator(_ context.Context, w Workload, _ []byte) (Aggregator, error) {
	params, err := ckksParameters()
	if err != nil {
		return nil, err
	}
	key, pk := rlwe.NewKeyGenerator(params).GenKeyPairNew()
	public, err := pk.MarshalBinary()
	if err != nil {
		return nil, err
	}
	a := &ckksAggregator{w: w, params: params, key: key,
		ciphertextSums: newCiphertextSums(params.Parameters, ckks.NewCiphertext(params, 1, params.MaxLevel()), w.Parameters, params.MaxSlots())}
	a.door, err = newDoor(a, public)
	return a, err
}

// Open decrypts the sum, as each contributor does for itself. A sum of 2^17 values of at most 1 lies far below the first prime, so the other
// one is dropped first: decoding without it takes a tenth of the time.
func (a *ckksAggregator) Open(context.Context) (*Opening, error) {
	o := &Opening{Mean: make([]float64, 0, a.w.Parameters)}
	span := measure.Begin()
	encoder, decryptor := ckks.NewEncoder(a.params), rlwe.NewDecryptor(a.params, a.key)
	plaintext, sums := ckks.NewPlaintext(a.params, 0), make([]float64, a.params.MaxSlots())
	for _, c := range a.sums {
		c = c.CopyNew() // the sum may be opened again
		c.Resize(1, 0)
		decryptor.Decrypt(c, plaintext)
		if err := encoder.Decode(plaintext, sums); err != nil {
			return nil, err
		}
		for _, s := range sums[:min(len(sums), a.w.Parameters-len(o.Mean))] {
			o.Mean = append(o.Mean, s/float64(a.w.Contributors))
		}
	}
	o.Cost = span.End()
	return o, nil
}
