package train_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"sotto/client/train"
)

func TestReadCSV(t *testing.T) {
	for _, row := range []struct{ rule, text string }{
		{"plain", "1,2.5,0\n-3e1,4,2\n"},
		{"no final line end", "1,2.5,0\n-30,4,2"},
		{"carriage returns", "1,2.5,0\r\n-30,4,2\r\n"},
		{"spaces and empty lines", " 1 , 2.5,\t0 \n\n  \n-30,4,2\n\n"},
		{"byte order mark", "\ufeff1,2.5,0\n-30,4,2\n"},
		{"header of names", "height,weight,sort\n1,2.5,0\n-30,4,2\n"},
		{"header of numbered columns", "0,1,sort\n1,2.5,0\n-30,4,2\n"},
		{"header of counts", "2,2,setosa,virginica,versicolor\n1,2.5,0\n-30,4,2\n"},
		{"empty first line", "\n1,2.5,0\n-30,4,2\n"},
		{"labels as floats", "1,2.5,0.0\n-30,4,2.0\n"},
	} {
		d, err := train.ReadCSV(strings.NewReader(row.text), 2, 3)
		if err != nil || d.Rows() != 2 || !slices.Equal(d.Values, []float32{1, 2.5, -30, 4}) || !slices.Equal(d.Labels, []int{0, 2}) {
			t.Errorf("%s: got %+v, %v", row.rule, d, err)
		}
	}
}

func TestReadCSVRefuses(t *testing.T) {
	const secret = "77.125"
	for _, row := range []struct{ rule, text, want string }{
		{"empty", "", "no rows of 2 numbers and a label"},
		{"only a header", "a,b,c\n", "no rows of 2 numbers and a label"},
		{"too few fields", "1,2,0\n77.125,0\n", "line 2: 2 fields, want 2 and a label"},
		{"too many fields", "1,2,0\n\n77.125,1,1,0\n", "line 3: 4 fields, want 2 and a label"},
		{"wrong width throughout", "77.125,1,1,0\n77.125,1,1,0\n", "line 2: 4 fields"},
		{"not a number", "1,2,0\n77.125,x77.125,0\n", "line 2: field 2 is not a finite number"},
		{"missing value in the first row", "77.125,?,0\n", "line 1: field 2 is not a finite number"},
		{"empty field", "1,2,0\n77.125,,0\n", "line 2: field 2 is not a finite number"},
		{"not finite", "1,2,0\n77.125,NaN,0\n", "line 2: field 2"},
		{"infinite", "1,2,0\n77.125,-inf,0\n", "line 2: field 2"},
		{"too large", "1,2,0\n77.125,1e39,0\n", "line 2: field 2"},
		{"label too large", "1,2,0\n77.125,2,3\n", "line 2: the label is not an integer of 0 to 2"},
		{"label negative", "1,2,0\n77.125,2,-1\n", "line 2: the label"},
		{"label fractional", "1,2,77.125\n", "line 1: the label"},
		{"label a word", "a,b,c\n77.125,2,malignant\n", "line 2: field 3"},
		{"quoted", "a,b,c\n\"77.125\",2,0\n", "line 2: field 1"},
		{"long line", "1,2,0\n77.125," + strings.Repeat(" ", 5000) + "2,0\n", "line 2: longer than 4096 bytes"},
	} {
		_, err := train.ReadCSV(strings.NewReader(row.text), 2, 3)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %s", row.rule, err, row.want)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error quotes a value: %v", row.rule, err)
		}
	}
	broken := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader("1,2,0\n"), iotest.ErrReader(broken))
	if _, err := train.ReadCSV(r, 2, 3); !errors.Is(err, broken) {
		t.Errorf("read error: got %v", err)
	}
	if _, err := train.ReadCSV(strings.NewReader("1\n"), 0, 3); err == nil {
		t.Error("no features are accepted")
	}
}

// However the text looks, what is accepted is well-formed and survives being written again.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("1,2.5,0\n-3e1,4,2\n"))
	f.Add([]byte("a,b,c\r\n 1 ,0x1p-2,1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := train.ReadCSV(bytes.NewReader(text), 2, 3)
		if err != nil {
			return
		}
		var b bytes.Buffer
		for i, l := range d.Labels {
			fmt.Fprintf(&b, "%v,%v,%d\n", d.Row(i)[0], d.Row(i)[1], l)
		}
		again, err := train.ReadCSV(&b, 2, 3)
		if err != nil || !slices.Equal(again.Values, d.Values) || !slices.Equal(again.Labels, d.Labels) {
			t.Errorf("written again: %+v, %v; want %+v", again, err, d)
		}
	})
}

// sample returns rows whose only value is their number, of labels 0 to classes−1 in turn.
func sample(rows, classes int) train.Dataset {
	d := train.Dataset{Features: 1, Classes: classes}
	for i := range rows {
		d.Values = append(d.Values, float32(i))
		d.Labels = append(d.Labels, i%classes)
	}
	return d
}

func TestSplit(t *testing.T) {
	d := sample(10, 3)
	a, b := d.Split(7)
	if !slices.Equal(a.Values, d.Values[:7]) || !slices.Equal(b.Values, d.Values[7:]) || !slices.Equal(b.Labels, d.Labels[7:]) || b.Classes != 3 {
		t.Errorf("split into %+v and %+v", a, b)
	}
	if a, b = d.Split(99); a.Rows() != 10 || b.Rows() != 0 {
		t.Errorf("split at 99 into %d and %d rows", a.Rows(), b.Rows())
	}
}

func TestDirichlet(t *testing.T) {
	d := sample(1437, 10)
	for _, row := range []struct {
		alpha          float64
		parties, least int
		lowest, most   float64 // mean share of a party's commonest label
	}{
		{1, 24, 8, 0.2, 0.45},
		{0.1, 24, 8, 0.45, 1},
		{0.01, 100, 14, 0.3, 1},
		{1e6, 24, 8, 0.1, 0.15},
		{1, 1, 1437, 0.1, 0.11},
	} {
		parts, err := train.Dirichlet(d, 1, row.alpha, row.parties, row.least)
		if err != nil || len(parts) != row.parties {
			t.Fatalf("%+v: %d parts, %v", row, len(parts), err)
		}
		seen := make([]bool, d.Rows())
		commonest := 0.0
		for p, part := range parts {
			if part.Rows() < row.least {
				t.Errorf("%+v: party %d has %d rows", row, p, part.Rows())
			}
			counts := make([]int, 10)
			for i, l := range part.Labels {
				at := int(part.Row(i)[0])
				if seen[at] || l != d.Labels[at] {
					t.Fatalf("%+v: row %d is dealt twice or with another label", row, at)
				}
				seen[at] = true
				counts[l]++
			}
			commonest += float64(slices.Max(counts)) / float64(part.Rows()) / float64(len(parts))
		}
		if slices.Contains(seen, false) {
			t.Errorf("%+v: a row is not dealt", row)
		}
		if commonest < row.lowest || commonest > row.most {
			t.Errorf("%+v: commonest labels make up %.2f of a party's rows", row, commonest)
		}
		again, _ := train.Dirichlet(d, 1, row.alpha, row.parties, row.least)
		other, _ := train.Dirichlet(d, 2, row.alpha, row.parties, row.least)
		if !slices.Equal(again[0].Values, parts[0].Values) || slices.Equal(other[0].Values, parts[0].Values) {
			t.Errorf("%+v: the seed does not decide", row)
		}
	}
	for _, row := range []struct {
		alpha          float64
		parties, least int
		want           string
	}{
		{0, 2, 1, "alpha 0"}, {1, 0, 1, "0 parties"}, {1, 2, 0, "at least 0 rows"}, {1, 200, 8, "1437 rows are too few for 200 parties of at least 8"},
	} {
		if _, err := train.Dirichlet(d, 1, row.alpha, row.parties, row.least); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: got error %v", row, err)
		}
	}
}
