package audit_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"sotto/audit"
	"sotto/chain"
	"sotto/internal/simulate"
	"sotto/round"
)

// change is one way to change one place of a value.
type change struct {
	path  string // like Closing.Manifest.Entries[0].Leaf
	how   string
	steps []int // field and element numbers that lead to the place
	apply func(place reflect.Value)
}

func (c change) String() string { return c.path + ": " + c.how }

// to applies the change to a value of the type that it was made for.
func (c change) to(root any) {
	v := reflect.ValueOf(root).Elem()
	for _, s := range c.steps {
		if v.Kind() == reflect.Struct {
			v = v.Field(s)
		} else {
			v = v.Index(s)
		}
	}
	c.apply(v)
}

// changes lists the changes of everything in a value: each field of each struct; of slices the first, middle and last elements, and what
// can happen to a list; of bytes single bits and the length; of numbers neighbours and extremes.
func changes(root any) (all []change) {
	var walk func(v reflect.Value, path string, steps []int)
	walk = func(v reflect.Value, path string, steps []int) {
		add := func(how string, apply func(reflect.Value)) {
			all = append(all, change{path, how, slices.Clone(steps), apply})
		}
		into := func(v reflect.Value, name string, step int) {
			walk(v, path+name, append(slices.Clone(steps), step))
		}
		switch v.Kind() {
		case reflect.Bool:
			add("inverted", func(p reflect.Value) { p.SetBool(!p.Bool()) })
		case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			add("one more", func(p reflect.Value) { p.SetUint(p.Uint() + 1) }) // wraps around
			add("one less", func(p reflect.Value) { p.SetUint(p.Uint() - 1) })
			add("high bit", func(p reflect.Value) { p.SetUint(p.Uint() ^ 1<<(p.Type().Bits()-1)) })
			if v.Uint() != 0 {
				add("zero", func(p reflect.Value) { p.SetUint(0) })
			}
			if most := uint64(math.MaxUint64) >> (64 - v.Type().Bits()); v.Uint() != most {
				add("most", func(p reflect.Value) { p.SetUint(most) })
			}
		case reflect.Struct:
			for i := range v.NumField() {
				into(v.Field(i), "."+v.Type().Field(i).Name, i)
			}
		case reflect.Array:
			if v.Type().Elem().Kind() != reflect.Uint8 {
				panic("array of " + v.Type().Elem().String())
			}
			flips(v.Len(), add)
			if !v.IsZero() {
				add("zeros", func(p reflect.Value) { p.SetZero() })
			}
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				flips(v.Len(), add)
			} else {
				for _, i := range sample(v.Len()) {
					into(v.Index(i), fmt.Sprintf("[%d]", i), i)
				}
			}
			lists(v, add)
		default:
			panic("value of kind " + v.Kind().String() + " at " + path)
		}
	}
	walk(reflect.ValueOf(root).Elem(), "", nil)
	return all
}

// sample returns the first, a middle and the last index of n.
func sample(n int) []int {
	if n == 0 {
		return nil
	}
	return slices.Compact([]int{0, n / 2, n - 1})
}

// flips changes single bits of n bytes.
func flips(n int, add func(string, func(reflect.Value))) {
	for _, i := range sample(n) {
		for _, bit := range []int{0, 7} {
			add(fmt.Sprintf("bit %d of byte %d", bit, i), func(p reflect.Value) {
				b := p.Index(i)
				b.SetUint(b.Uint() ^ 1<<bit)
			})
		}
	}
}

// lists changes the length and the order of a slice.
func lists(v reflect.Value, add func(string, func(reflect.Value))) {
	n := v.Len()
	remove := func(i int) func(reflect.Value) {
		return func(p reflect.Value) {
			s := reflect.AppendSlice(reflect.MakeSlice(p.Type(), 0, n), p.Slice(0, i))
			p.Set(reflect.AppendSlice(s, p.Slice(i+1, n)))
		}
	}
	double := func(i int) func(reflect.Value) {
		return func(p reflect.Value) {
			s := reflect.AppendSlice(reflect.MakeSlice(p.Type(), 0, n+1), p.Slice(0, i+1))
			p.Set(reflect.AppendSlice(s, p.Slice(i, n)))
		}
	}
	add("zero element appended", func(p reflect.Value) { p.Set(reflect.Append(p, reflect.Zero(p.Type().Elem()))) })
	for _, i := range sample(n) {
		add(fmt.Sprintf("element %d removed", i), remove(i))
		add(fmt.Sprintf("element %d doubled", i), double(i))
	}
	if n > 1 {
		add("emptied", func(p reflect.Value) { p.SetZero() })
	}
	for _, pair := range [][2]int{{0, 1}, {0, n - 1}} {
		i, j := pair[0], pair[1]
		if j <= 0 || j >= n || reflect.DeepEqual(v.Index(i).Interface(), v.Index(j).Interface()) {
			continue
		}
		add(fmt.Sprintf("elements %d and %d swapped", i, j), func(p reflect.Value) { reflect.Swapper(p.Interface())(i, j) })
		add(fmt.Sprintf("element %d in the place of %d", i, j), func(p reflect.Value) { p.Index(j).Set(p.Index(i)) })
	}
}

// TestChangesReachEverything holds the changes themselves to account: every field of every struct is reached, and every change changes something.
func TestChangesReachEverything(t *testing.T) {
	_, o := eventful(t)
	all := changes(o.Transcript)
	reached := map[string]bool{}
	anyIndex := regexp.MustCompile(`\[\d+\]`)
	for _, c := range all {
		reached[anyIndex.ReplaceAllString(c.path, "[]")] = true
		altered := clone(t, o.Transcript)
		c.to(altered)
		if reflect.DeepEqual(altered, clone(t, o.Transcript)) {
			t.Errorf("%s: changes nothing", c)
		}
	}
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(typ.Field(i).Type, path+"."+typ.Field(i).Name)
			}
		case reflect.Slice:
			if !reached[path] {
				t.Errorf("%s: the list is never changed", path)
			}
			if typ.Elem().Kind() != reflect.Uint8 {
				walk(typ.Elem(), path+"[]")
			}
		default:
			if !reached[path] {
				t.Errorf("%s: never changed", path)
			}
		}
	}
	walk(reflect.TypeOf(*o.Transcript), "")
}

// each runs f for every change on all processors.
func each(all []change, f func(change)) {
	var wait sync.WaitGroup
	work := make(chan change)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for c := range work {
				f(c)
			}
		})
	}
	for _, c := range all {
		work <- c
	}
	close(work)
	wait.Wait()
}

// named lists, by the place that is changed, the check that has to name it; where the change may also break a rule that is looked at
// earlier, that check, too. The first pattern that matches counts.
var named = []struct {
	place  string
	checks []audit.Check
}{
	{`^\.Opening\.Descriptor\.(Version|ChainID|Contract|Members)`, []audit.Check{audit.CheckDescriptor}},
	{`^\.Opening\.Descriptor\.(PreviousHead)`, []audit.Check{audit.CheckHead}},
	{`^\.Opening\.Descriptor\.(Round|Aborted)`, []audit.Check{audit.CheckHead, audit.CheckDescriptor}},
	{`^\.Opening\.Descriptor\.(KeyList)`, []audit.Check{audit.CheckCommittee}},
	{`^\.Opening\.Descriptor\.(Epoch)`, []audit.Check{audit.CheckCommittee, audit.CheckDescriptor}},
	{`^\.Opening\.Descriptor\.BaseModel`, []audit.Check{audit.CheckBaseModel}},
	{`^\.Opening\.Descriptor\.(Model|Disclosed|Registry|Aggregator|Reward\.(Pool|Share))`, []audit.Check{audit.CheckDescriptorSignature}},
	{`^\.Opening\.Descriptor`, []audit.Check{audit.CheckDescriptorSignature, audit.CheckDescriptor}},
	{`^\.Opening\.Signature`, []audit.Check{audit.CheckDescriptorSignature}},
	{`^\.Closing\.Manifest\.Entries\[\d+\]\.Digest`, []audit.Check{audit.CheckManifestSignature}},
	{`^\.Closing\.Manifest\.Entries\[\d+\]\.Contributor`, []audit.Check{audit.CheckManifestSignature, audit.CheckManifest}}, // which breaks the order
	{`^\.Closing\.Manifest`, []audit.Check{audit.CheckManifest}},
	{`^\.Closing\.Signature`, []audit.Check{audit.CheckManifestSignature}},
	{`^\.Entries\[\d+\]\.RingHash`, []audit.Check{audit.CheckRingHashes}},
	{`^\.Entries`, []audit.Check{audit.CheckContributions}},
	{`^\.DigitSums`, []audit.Check{audit.CheckHomomorphicHash, audit.CheckDigitSums}},
	{`^\.Releases\[`, []audit.Check{audit.CheckReleases}},
	{`^\.Releases`, []audit.Check{audit.CheckReleases, audit.CheckOpening, audit.CheckAggregate}},
	{`^\.(Failed|Disagreements)`, []audit.Check{audit.CheckOpening}},
	{`^\.Aggregate`, []audit.Check{audit.CheckAggregate}},
	{`^\.Model`, []audit.Check{audit.CheckModel}},
	{`^\.Rewards`, []audit.Check{audit.CheckRewards}},
	{`^\.Certificate`, []audit.Check{audit.CheckCertificate}},
}

func namedBy(path string) []audit.Check {
	for _, n := range named {
		if regexp.MustCompile(n.place).MatchString(path) {
			return n.checks
		}
	}
	return nil
}

// TestTampering changes every single field of a transcript.
func TestTampering(t *testing.T) {
	r, o := eventful(t)
	check(t, verify(t, r, o.Transcript))
	each(changes(o.Transcript), func(c change) {
		altered := clone(t, o.Transcript)
		c.to(altered)
		if err := verify(t, r, altered); !slices.Contains(namedBy(c.path), checkOf(err)) {
			t.Errorf("%s: got %q (%v), want one of %q", c, checkOf(err), err, namedBy(c.path))
		}
	})
}

// TestTamperingWithReference changes everything that the chain says of the time before a round.
func TestTamperingWithReference(t *testing.T) {
	r, o := eventful(t)
	ref := must(r.Reference())(t)
	all := changes(&ref)
	each(all, func(c change) {
		altered := ref
		altered.Committee.Members = slices.Clone(ref.Committee.Members)
		altered.Registered = slices.Clone(ref.Registered)
		c.to(&altered)
		_, err := audit.Verify(altered, o.Transcript, r.Setup.Model, r.Setup.Rewards)
		if !slices.Contains(whatReferenceBreaks(c.path), checkOf(err)) {
			// Only who takes part counts of those who are registered, and only the identities of the members.
			if regexp.MustCompile(`^\.Registered|\.(HPKE|DKG)$`).MatchString(c.path) && err == nil {
				return
			}
			t.Errorf("%s: got %q (%v), want one of %q", c, checkOf(err), err, whatReferenceBreaks(c.path))
		}
	})
	for _, e := range r.Closing.Manifest.Entries {
		altered := ref
		altered.Registered = slices.DeleteFunc(slices.Clone(ref.Registered), func(a common.Address) bool { return a == e.Contributor })
		_, err := audit.Verify(altered, o.Transcript, r.Setup.Model, r.Setup.Rewards)
		wantCheck(t, "contributor who is not registered", err, audit.CheckContributions)
	}
}

func whatReferenceBreaks(path string) []audit.Check {
	switch {
	case strings.HasPrefix(path, ".Domain"):
		return []audit.Check{audit.CheckDescriptor}
	case path == ".Head", path == ".LastRound":
		return []audit.Check{audit.CheckHead}
	case path == ".Model":
		return []audit.Check{audit.CheckBaseModel}
	case path == ".RewardsRoot":
		return []audit.Check{audit.CheckPreviousRewards}
	case strings.HasPrefix(path, ".Committee.Members["):
		return []audit.Check{audit.CheckReleases}
	case path == ".Committee.Members":
		return []audit.Check{audit.CheckCommittee, audit.CheckReleases}
	case path == ".Committee.Key":
		return []audit.Check{audit.CheckCommittee, audit.CheckDescriptorSignature}
	case strings.HasPrefix(path, ".Committee"):
		return []audit.Check{audit.CheckCommittee}
	}
	return []audit.Check{audit.CheckContributions}
}

// TestTamperingWithInputs changes what the verifier is given beside the transcript.
func TestTamperingWithInputs(t *testing.T) {
	r, o := eventful(t)
	ref := must(r.Reference())(t)
	each(changes(&r.Setup.Model), func(c change) {
		altered := slices.Clone(r.Setup.Model)
		c.to(&altered)
		_, err := audit.Verify(ref, o.Transcript, altered, r.Setup.Rewards)
		wantCheck(t, "base model"+c.String(), err, audit.CheckBaseModel)
	})
	each(changes(&r.Setup.Rewards), func(c change) {
		altered := slices.Clone(r.Setup.Rewards)
		c.to(&altered)
		_, err := audit.Verify(ref, o.Transcript, r.Setup.Model, altered)
		wantCheck(t, "rewards before the round"+c.String(), err, audit.CheckPreviousRewards)
	})
}

// TestTamperingWithCertifiedRound changes every single field of what is audited after the round, and of what the chain holds of it.
func TestTamperingWithCertifiedRound(t *testing.T) {
	r, o := eventful(t)
	certified := must(r.Certify(o))(t)
	number := certified.Transcript.Certificate.Round
	round1 := func(c audit.Chain, s audit.Source) error {
		_, err := audit.Round(t.Context(), c, s, simulate.ModelID, number)
		return err
	}
	check(t, round1(r.Setup.Chain, r.Setup))

	// TestTampering has tried the same changes against the same verifier; here one for each place is enough.
	all := slices.CompactFunc(changes(certified), func(a, b change) bool { return a.path == b.path })
	each(all, func(c change) {
		altered := clone(t, certified)
		c.to(altered)
		err := round1(r.Setup.Chain, tamperedSource{r.Setup, altered})
		want := namedBy(strings.TrimPrefix(c.path, ".Transcript"))
		switch {
		case c.path == ".Signature":
			want = []audit.Check{audit.CheckChain}
		case strings.HasPrefix(c.path, ".Transcript.Opening.Descriptor"):
			want = []audit.Check{audit.CheckDescriptor} // its digest is on chain
		}
		if !slices.Contains(want, checkOf(err)) {
			t.Errorf("%s: got %q (%v), want one of %q", c, checkOf(err), err, want)
		}
	})
	onChain := must(r.Setup.Chain.Certificate(t.Context(), number))(t)
	each(changes(&onChain), func(c change) {
		altered := onChain
		c.to(&altered)
		err := round1(tamperedChain{r.Setup.Chain, number, altered}, r.Setup)
		if strings.HasPrefix(c.path, ".Certificate") || c.path == ".Signature" {
			if err == nil {
				t.Errorf("on chain, %s: accepted", c)
			}
		} else if err != nil {
			t.Errorf("on chain, %s, which says nothing of the round: %v", c, err)
		}
	})
	before := must(r.Setup.Chain.Certificate(t.Context(), 1))(t)
	for path, want := range map[string]audit.Check{".Head": audit.CheckHead, ".Certificate.Model": audit.CheckBaseModel, ".Certificate.RewardsRoot": audit.CheckPreviousRewards} {
		for _, c := range changes(&before) {
			if c.path != path {
				continue
			}
			altered := before
			c.to(&altered)
			// The source serves what the chain asks for, so that the difference and not its absence is found.
			s := *r.Setup
			s.Keep(altered.Certificate.Model, must(r.Setup.FetchModel(t.Context(), before.Certificate.Model, 0))(t))
			wantCheck(t, "in the round before, "+c.String(), round1(tamperedChain{r.Setup.Chain, 1, altered}, &s), want)
		}
	}
}

// tamperedSource serves another transcript.
type tamperedSource struct {
	*simulate.Setup
	transcript *round.CertifiedRound
}

func (s tamperedSource) FetchTranscript(context.Context, uint64) (*round.CertifiedRound, error) {
	return s.transcript, nil
}

// tamperedChain says something else of one round.
type tamperedChain struct {
	*simulate.Chain
	number uint64
	says   chain.Finalized
}

func (c tamperedChain) Certificate(ctx context.Context, number uint64) (chain.Finalized, error) {
	if number == c.number {
		return c.says, nil
	}
	return c.Chain.Certificate(ctx, number)
}
