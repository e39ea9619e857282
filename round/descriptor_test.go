package round_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"sotto/round"
)

func TestDescriptorValidation(t *testing.T) {
	valid := descriptor(t)
	if err := valid.Validate(); err != nil {
		t.Fatalf("valid descriptor: %v", err)
	}
	for _, c := range []struct {
		rule   string
		change func(*round.Descriptor)
		want   string
	}{
		{"version", func(d *round.Descriptor) { d.Version = 2 }, "protocol version 2, want 1"},
		{"rounds count from 1", func(d *round.Descriptor) { d.Round = 0 }, "count from 1"},
		{"epochs count from 1", func(d *round.Descriptor) { d.Epoch = 0 }, "count from 1"},
		{"aborts", func(d *round.Descriptor) { d.Aborted = 1<<16 + 1 }, "after 65537 skipped rounds, at most 65536"},
		{"disclosed without aborts", func(d *round.Descriptor) { d.Disclosed = true }, "of no skipped one"},
		{"no parameters", func(d *round.Descriptor) { d.Parameters = 0 }, "0 parameters"},
		{"too many parameters", func(d *round.Descriptor) { d.Parameters = 1 << 40 }, "want 1 to"},
		{"no leaves", func(d *round.Descriptor) { d.Leaves = 0 }, "0 leaves"},
		{"leaves not a power of two", func(d *round.Descriptor) { d.Leaves = 3 }, "3 leaves"},
		{"too many leaves", func(d *round.Descriptor) { d.Leaves = 512 }, "512 leaves"},
		{"smallest node of one", func(d *round.Descriptor) { d.GMin = 1 }, "at least 2"},
		{"largest node below the smallest", func(d *round.Descriptor) { d.KMax = 3 }, "largest node of 3"},
		{"largest node beyond the proven", func(d *round.Descriptor) { d.KMax = 1<<17 + 1 }, "largest node of 131073"},
		{"cohort below a node", func(d *round.Descriptor) { d.Cohort = 3 }, "smallest cohort of 3"},
		{"members", func(d *round.Descriptor) { d.Members = 5 }, "5 members"},
		{"grace", func(d *round.Descriptor) { d.Grace = 1 << 40 }, "grace"},
		{"deadline overflow", func(d *round.Descriptor) { d.Deadline = 1 << 63 }, "deadline"},
		{"reward rule", func(d *round.Descriptor) { d.Reward.Rule = 2 }, "reward rule 2"},
		{"pool without rewards", func(d *round.Descriptor) { d.Reward.Rule = 0 }, "names a pool"},
		{"clip zero", func(d *round.Descriptor) { d.Clip = 0 }, "clip 0"},
		{"clip infinite", func(d *round.Descriptor) { d.Clip = 0x7f800000 }, "clip +Inf"},
		{"clip not a number", func(d *round.Descriptor) { d.Clip = 0x7fc00000 }, "clip NaN"},
		{"weighting", func(d *round.Descriptor) { d.Mean.Weighting = 2 }, "weighting rule 2"},
		{"weighting without examples", func(d *round.Descriptor) { d.Mean.Weighting = 1 }, "0 examples"},
		{"robust rules", func(d *round.Descriptor) { d.Mean.Robust = 4 }, "robust rules 4"},
		{"bits beyond what is quantised", func(d *round.Descriptor) { d.Scheme.Bits = 21 }, "values of 21 bits"},
		{"set", func(d *round.Descriptor) { d.Scheme.Set = 9 }, "unknown set 9"},
		{"guard bits", func(d *round.Descriptor) { d.Scheme.WireBits-- }, "guard bits"},
		{"digits", func(d *round.Descriptor) { d.Scheme.Digits = 9 }, "digits"},
	} {
		d := valid
		c.change(&d)
		if err := d.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", c.rule, err, c.want)
		}
	}
}

// KMax and the digits decide the field of the key shares and the ring of the hash, and with them the sizes of everything.
func TestDescriptorDecidesFieldAndRing(t *testing.T) {
	for _, c := range []struct {
		rule            string
		change          func(*round.Descriptor)
		modulus         uint64
		dimension, hash int
	}{
		{"as planned", func(*round.Descriptor) {}, 65521, 512, 3840},
		{"one digit", func(d *round.Descriptor) { d.Scheme.DigitBits, d.Scheme.Digits = 30, 1 }, 65521, 2048, 15360},
		{"digits a bit wider", func(d *round.Descriptor) { d.Scheme.DigitBits = 11 }, 65521, 2048, 15360},
		{"the most contributors of the smaller field", func(d *round.Descriptor) {
			d.KMax, d.Scheme.Bits, d.Scheme.WireBits = 255, 15, 31
			d.Scheme.DigitBits = 9
			d.Scheme.Digits = 4
		}, 65521, 512, 3840},
		{"one contributor more", func(d *round.Descriptor) {
			d.KMax, d.Scheme.Bits, d.Scheme.WireBits = 256, 15, 31
			d.Scheme.DigitBits = 9
			d.Scheme.Digits = 4
		}, 1<<31 - 1, 512, 3840},
		{"the most contributors of all", func(d *round.Descriptor) {
			d.KMax, d.Scheme.Bits, d.Scheme.WireBits = 1<<17, 8, 37
			d.Scheme.DigitBits = 28
			d.Scheme.Digits = 2
		}, 1<<31 - 1, 2048, 15360},
	} {
		d := descriptor(t)
		c.change(&d)
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		share, err := d.Sharing()
		if err != nil || share.Modulus() != c.modulus {
			t.Errorf("%s: a field of %d elements, error %v, want %d", c.rule, share.Modulus(), err, c.modulus)
		}
		if _, hash, err := d.Crypto(); err != nil || hash.N() != c.dimension || hash.HashBytes() != c.hash {
			t.Errorf("%s: a hash of %d bytes in dimension %d, error %v, want %d in %d", c.rule, hash.HashBytes(), hash.N(), err, c.hash, c.dimension)
		}
	}
	enc, _, err := new(round.Descriptor).Crypto()
	if err == nil {
		t.Fatal("an empty descriptor has parameters")
	}
	if s, err := round.NewScheme(enc, 10); err == nil {
		t.Errorf("a scheme was made of no parameters: %+v", s)
	}
}

// Every field enters the digest and the signed message: two descriptors that differ anywhere open different rounds.
func TestDescriptorDigestCoversEveryField(t *testing.T) {
	base := descriptor(t)
	seen := map[string]string{string(base.Message()): "unchanged"}
	forEachField(reflect.ValueOf(&base).Elem(), "", func(path string, v reflect.Value) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		bump(v)
		m := string(base.Message())
		if other, dup := seen[m]; dup {
			t.Errorf("changing %s signs the same message as %s", path, other)
		}
		seen[m] = path
		v.Set(old)
	})
	if len(seen) < 30 {
		t.Fatalf("only %d fields changed", len(seen))
	}
}

// forEachField calls f with every field that is no struct, depth first.
func forEachField(v reflect.Value, path string, f func(string, reflect.Value)) {
	for i := range v.NumField() {
		name := path + v.Type().Field(i).Name
		if v.Field(i).Kind() == reflect.Struct {
			forEachField(v.Field(i), name+".", f)
		} else {
			f(name, v.Field(i))
		}
	}
}

// bump changes a value in place.
func bump(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Array:
		v.Index(v.Len() - 1).SetUint(v.Index(v.Len()-1).Uint() ^ 1)
	default:
		panic("bump: " + v.Kind().String())
	}
}

func TestLeafOfIsUniformAndBoundToTheBeacon(t *testing.T) {
	const addresses, leaves = 4096, 8
	var counts [leaves]int
	moved := 0
	for i := range uint64(addresses) {
		a := address(t, i)
		leaf := round.LeafOf([32]byte{1}, a, leaves)
		counts[leaf]++
		if leaf != round.LeafOf([32]byte{2}, a, leaves) {
			moved++
		}
	}
	for leaf, n := range counts {
		// 512 expected, standard deviation 21.
		if n < 400 || n > 624 {
			t.Errorf("leaf %d has %d of %d addresses, want about %d", leaf, n, addresses, addresses/leaves)
		}
	}
	if moved < addresses*3/4 {
		t.Errorf("another beacon moved %d of %d addresses, want about 7/8", moved, addresses)
	}
}

func TestDecodeRefuses(t *testing.T) {
	d := descriptor(t)
	b := round.Encode(&d)
	var got round.Descriptor
	if err := round.Decode("descriptor", b, round.MaxDescriptorBytes, &got); err != nil || got != d {
		t.Fatalf("decoding what was encoded: %v", err)
	}
	if err := round.Decode("descriptor", append(bytes.Clone(b), 0), round.MaxDescriptorBytes, &got); err == nil {
		t.Error("a trailing byte was accepted")
	}
	for n := range len(b) {
		if err := round.Decode("descriptor", b[:n], round.MaxDescriptorBytes, &got); err == nil {
			t.Fatalf("a descriptor cut off after %d bytes was accepted", n)
		}
	}
	if err := round.Decode("descriptor", b, len(b)-1, &got); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("oversized: got %v", err)
	}
}
