package train_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"

	"sotto/client/train"
)

var tiny = train.ModelSpec{
	Name: "tiny", Layers: []int{3, 4, 2}, Shift: []float32{1}, Scale: []float32{0.5, 1, 2},
	Training: train.Training{LearningRate: 0.01, Batch: 4, Epochs: 3},
}

const tinyText = `{"version":1,"kind":"relu-classifier","name":"tiny","layers":[3,4,2],"shift":[1],"scale":[0.5,1,2],` +
	`"training":{"optimiser":"adam","learning_rate":0.01,"batch":4,"epochs":3}}`

func TestSpecText(t *testing.T) {
	if got := string(tiny.Canonical()); got != tinyText {
		t.Errorf("canonical form\n%s, want\n%s", got, tinyText)
	}
	id := tiny.ID()
	if got, want := hex.EncodeToString(id[:]), "871a61f7c5ada69f7be907e84606b70dcea2de18d25e2337bca692668e24a29e"; got != want {
		t.Errorf("ID %s, want %s", got, want)
	}
	var b bytes.Buffer
	if err := train.WriteSpec(&b, tiny); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{tinyText, b.String()} {
		s, err := train.ReadSpec(strings.NewReader(text))
		if err != nil || s.ID() != id {
			t.Errorf("%s\nreads as %+v, %v", text, s, err)
		}
	}
	if tiny.Parameters() != 3*4+4+4*2+2 {
		t.Errorf("%d parameters", tiny.Parameters())
	}
}

func TestReadSpecRefuses(t *testing.T) {
	for _, row := range []struct{ rule, old, new, want string }{
		{"not JSON", `"version"`, `version`, "not JSON"},
		{"trailing bytes", `}}`, `}} {}`, "not JSON"},
		{"unknown key", `"version":1`, `"version":1,"x":1`, `unknown field "x"`},
		{"duplicate key", `"version":1`, `"version":1,"version":1`, "not in canonical form"},
		{"other case", `"version"`, `"Version"`, "not in canonical form"},
		{"other order", `"version":1,"kind":"relu-classifier"`, `"kind":"relu-classifier","version":1`, "not in canonical form"},
		{"other number", `[0.5,1,2]`, `[0.50,1,2]`, "not in canonical form"},
		{"escaped name", `"tiny"`, `"\u0074iny"`, "not in canonical form"},
		{"number too large", `[1]`, `[1e39]`, "cannot unmarshal"},
		{"version", `"version":1`, `"version":2`, "of version 2"},
		{"kind", `relu-classifier`, `transformer`, `kind "transformer"`},
		{"optimiser", `adam`, `sgd`, `optimiser "sgd"`},
		{"name", `"tiny"`, `"Tiny"`, `model name "Tiny"`},
		{"one layer", `[3,4,2]`, `[3]`, "1 layers"},
		{"empty layer", `[3,4,2]`, `[3,0,2]`, "layer of 0 units"},
		{"negative layer", `[3,4,2]`, `[3,-4,2]`, "layer of -4 units"},
		{"too many parameters", `[3,4,2]`, `[3,65536,65536]`, "want at most 67108864"},
		{"huge layers", `[3,4,2]`, `[9223372036854775807,9223372036854775807,2]`, "layer of 9223372036854775807 units"},
		{"one class", `[3,4,2]`, `[3,4,1]`, "1 classes"},
		{"no shift", `[1]`, `[]`, "has 0 numbers, want 1 or 3"},
		{"null shift", `[1]`, `null`, "has 0 numbers, want 1 or 3"},
		{"two scales", `[0.5,1,2]`, `[0.5,1]`, "has 2 numbers, want 1 or 3"},
		{"scale zero", `[0.5,1,2]`, `[0.5,0,2]`, "scale of feature 1 is 0"},
		{"learning rate", `0.01`, `1.5`, "learning rate 1.5"},
		{"batch", `"batch":4`, `"batch":0`, "batch of 0"},
		{"epochs", `"epochs":3`, `"epochs":2000`, "2000 epochs"},
	} {
		text := strings.Replace(tinyText, row.old, row.new, 1)
		if _, err := train.ReadSpec(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %s", row.rule, err, row.want)
		}
	}
	long := strings.Repeat(" ", train.MaxSpecBytes) + tinyText
	if _, err := train.ReadSpec(strings.NewReader(long)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("too long: got %v", err)
	}
	for _, s := range []train.ModelSpec{{}, {Name: "x", Layers: []int{1, 2}, Shift: []float32{float32(math.NaN())}, Scale: []float32{1},
		Training: tiny.Training}} {
		if err := train.WriteSpec(&bytes.Buffer{}, s); err == nil {
			t.Errorf("%+v is written", s)
		}
	}
}

func FuzzReadSpec(f *testing.F) {
	f.Add([]byte(tinyText))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := train.ReadSpec(bytes.NewReader(text))
		if err != nil {
			return
		}
		again, err := train.ReadSpec(bytes.NewReader(s.Canonical()))
		if err != nil || !bytes.Equal(again.Canonical(), s.Canonical()) {
			t.Errorf("canonical form reads as %+v, %v", again, err)
		}
		var white bytes.Buffer
		for _, c := range text {
			if !strings.ContainsRune(" \t\r\n", rune(c)) {
				white.WriteByte(c)
			}
		}
		if !bytes.Equal(white.Bytes(), s.Canonical()) {
			t.Errorf("%q is accepted as %q", text, s.Canonical())
		}
	})
}

// The first model of a task has the same bytes on every machine.
func TestInitialModel(t *testing.T) {
	m, err := train.InitialModel(tiny, 7)
	if err != nil {
		t.Fatal(err)
	}
	hash := m.Hash()
	if got, want := hex.EncodeToString(hash[:]), "82f83a312d93d0d5a0393123fc7cf899a7a2cb045b895f77fce7fe5e589eeda3"; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
	other, _ := train.InitialModel(tiny, 8)
	if other.Hash() == hash {
		t.Error("two seeds give one model")
	}
	for _, tensor := range m.Tensors {
		lowest, highest := slices.Min(tensor.Data), slices.Max(tensor.Data)
		limit := float32(math.Sqrt(6.0 / 7))
		if strings.HasSuffix(tensor.Name, "bias") && (lowest != 0 || highest != 0) || lowest < -1 || highest > 1 ||
			tensor.Name == "layer0.weight" && (lowest < -limit || highest > limit || highest-lowest < limit/2) {
			t.Errorf("%s is of %v to %v", tensor.Name, lowest, highest)
		}
	}
	if _, err := train.InitialModel(train.ModelSpec{}, 0); err == nil {
		t.Error("an empty description gives a model")
	}
}
