package train

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Dataset is rows of numbers with a label each. It is read-only once built; [Dataset.Select] and [Dataset.Split] copy.
type Dataset struct {
	Features int
	Classes  int
	Values   []float32 // row after row, Features each
	Labels   []int     // 0 to Classes − 1
}

// Limits of [ReadCSV].
const (
	MaxRows    = 1 << 20
	maxValues  = 1 << 28 // a gigabyte in memory
	fieldBytes = 64      // mean length of a line's fields, separators and spaces included
	lineBytes  = 4096    // room for the header of narrow data
)

// Rows returns the number of rows.
func (d Dataset) Rows() int { return len(d.Labels) }

// Row returns the values of row i, which are d's.
func (d Dataset) Row(i int) []float32 { return d.Values[i*d.Features : (i+1)*d.Features] }

// Select returns the given rows in the given order.
func (d Dataset) Select(rows []int) Dataset {
	s := Dataset{Features: d.Features, Classes: d.Classes, Values: make([]float32, 0, len(rows)*d.Features), Labels: make([]int, 0, len(rows))}
	for _, r := range rows {
		s.Values = append(s.Values, d.Row(r)...)
		s.Labels = append(s.Labels, d.Labels[r])
	}
	return s
}

// Split returns the first n rows and the rest. n is cut to the number of rows.
func (d Dataset) Split(n int) (first, rest Dataset) {
	n = max(0, min(n, d.Rows()))
	rows := make([]int, d.Rows())
	for i := range rows {
		rows[i] = i
	}
	return d.Select(rows[:n]), d.Select(rows[n:])
}

// ReadCSV reads rows of comma-separated numbers, the label last, to the end of r.
//
// The first line is taken for a header, and skipped, if it has another number of fields than a row, if its last field is not a number
// or if none of its fields is. Empty lines are skipped. Errors name line and field and never quote them: what does not parse may still
// be somebody's data.
func ReadCSV(r io.Reader, features, classes int) (Dataset, error) {
	if features < 1 || features > maxUnits || classes < 2 || classes > maxUnits {
		return Dataset{}, fmt.Errorf("data of %d features and %d classes, want 1 to %d and 2 to %d", features, classes, maxUnits, maxUnits)
	}
	d := Dataset{Features: features, Classes: classes}
	lines := bufio.NewScanner(r)
	longest := max(lineBytes, (features+1)*fieldBytes)
	lines.Buffer(nil, longest)
	row := make([]float32, features+1)
	number := 0
	for lines.Scan() {
		number++
		line := lines.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
			if isHeader(line, features+1) {
				continue
			}
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if d.Rows() == MaxRows || len(d.Values) > maxValues-features {
			return Dataset{}, fmt.Errorf("line %d: more rows than the %d that are accepted", number, min(MaxRows, maxValues/features))
		}
		if err := parseRow(row, line, classes); err != nil {
			return Dataset{}, fmt.Errorf("line %d: %w", number, err)
		}
		d.Values = append(d.Values, row[:features]...)
		d.Labels = append(d.Labels, int(row[features]))
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Dataset{}, fmt.Errorf("line %d: longer than %d bytes", number+1, longest)
	} else if err != nil {
		return Dataset{}, fmt.Errorf("reading data after line %d: %w", number, err)
	}
	if d.Rows() == 0 {
		return Dataset{}, fmt.Errorf("no rows of %d numbers and a label", features)
	}
	return d, nil
}

func isHeader(line string, fields int) bool {
	fs := strings.Split(line, ",")
	if len(fs) != fields {
		return true
	}
	numbers := 0
	for i, f := range fs {
		if _, err := parseNumber(f); err == nil {
			numbers++
		} else if i == len(fs)-1 {
			return true
		}
	}
	return numbers == 0
}

// parseRow fills row, the label last, from a line.
func parseRow(row []float32, line string, classes int) error {
	if n := strings.Count(line, ",") + 1; n != len(row) {
		return fmt.Errorf("%d fields, want %d and a label", n, len(row)-1)
	}
	var err error
	for i, f := range strings.Split(line, ",") {
		if row[i], err = parseNumber(f); err != nil {
			return fmt.Errorf("field %d is not a finite number", i+1)
		}
	}
	if l := row[len(row)-1]; l < 0 || l >= float32(classes) || l != float32(int(l)) {
		return fmt.Errorf("the label is not an integer of 0 to %d", classes-1)
	}
	return nil
}

func parseNumber(field string) (float32, error) {
	x, err := strconv.ParseFloat(strings.TrimSpace(field), 32)
	if err != nil || !finite(float32(x)) {
		return 0, errors.New("not a finite number")
	}
	return float32(x), nil
}
