package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"sotto/benchmarks/progress"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Names of the plots.
const (
	plotComparison   = "comparison"
	plotParams       = "parameters"
	plotContributors = "contributors"
	plotTraining     = "training"
)

// Sotto's bars and lines stand out; all others are grey, told apart by their labels.
var (
	accent  = color.NRGBA{0x0b, 0x6e, 0x6e, 0xff}
	second  = color.NRGBA{0xc7, 0x6b, 0x1f, 0xff}
	third   = color.NRGBA{0x6a, 0x4c, 0x93, 0xff}
	neutral = color.NRGBA{0xb4, 0xb8, 0xbc, 0xff}
	ink     = color.NRGBA{0x26, 0x2a, 0x2e, 0xff}
	light   = color.NRGBA{0xf0, 0xc3, 0x9a, 0xff}
	faint   = color.NRGBA{0xe4, 0xe6, 0xe8, 0xff}
)

var series = []color.Color{accent, second, third}

// plot draws what there are rows for, and returns the titles of what it drew.
func (r *results) plot(dir string) (map[string]string, error) {
	drawn := map[string]string{}
	save := func(name, title string, columns int, panels ...*plot.Plot) error {
		if len(panels) == 0 {
			return nil
		}
		drawn[name] = title
		return saveTiles(filepath.Join(dir, name), columns, panels)
	}
	if groups := r.compared(); len(groups) > 0 {
		panels, err := comparisonPanels(groups)
		if err != nil {
			return nil, err
		}
		if err := save(plotComparison, "What the privacy costs: Sotto beside other ways to a mean", 2, panels...); err != nil {
			return nil, err
		}
	}
	if rows := r.of(partParams); len(rows) > 1 {
		panels, err := paramsPanels(rows)
		if err != nil {
			return nil, err
		}
		if err := save(plotParams, "Sotto against the size of the model", 2, panels...); err != nil {
			return nil, err
		}
	}
	if rows := r.of(partContributors); len(rows) > 1 {
		panels, err := contributorsPanels(rows)
		if err != nil {
			return nil, err
		}
		if err := save(plotContributors, "Sotto against the number of contributors", 2, panels...); err != nil {
			return nil, err
		}
	}
	if len(r.Trainings) > 0 {
		panels, err := trainingPanels(r.Trainings)
		if err != nil {
			return nil, err
		}
		if err := save(plotTraining, "Accuracy with and without Sotto", len(panels), panels...); err != nil {
			return nil, err
		}
	}
	return drawn, nil
}

// Sizes of a panel.
const (
	panelWidth  = 11.5 * vg.Centimeter
	panelHeight = 7 * vg.Centimeter
)

// saveTiles writes panels side by side, as SVG and as PNG.
func saveTiles(path string, columns int, panels []*plot.Plot) error {
	columns = min(columns, len(panels))
	lines := (len(panels) + columns - 1) / columns
	grid := make([][]*plot.Plot, lines)
	for i := range grid {
		grid[i] = make([]*plot.Plot, columns)
		copy(grid[i], panels[i*columns:min(len(panels), (i+1)*columns)])
	}
	width, height := vg.Length(columns)*panelWidth, vg.Length(lines)*panelHeight
	render := func(c vg.CanvasSizer) {
		dc := draw.New(c)
		dc.SetColor(color.White)
		dc.Fill(dc.Rectangle.Path())
		tiles := draw.Tiles{Rows: lines, Cols: columns, PadX: 8 * vg.Millimeter, PadY: 6 * vg.Millimeter,
			PadTop: 3 * vg.Millimeter, PadBottom: 3 * vg.Millimeter, PadLeft: 3 * vg.Millimeter, PadRight: 5 * vg.Millimeter}
		for i, line := range plot.Align(grid, tiles, dc) {
			for j, canvas := range line {
				if grid[i][j] != nil {
					grid[i][j].Draw(canvas)
				}
			}
		}
	}
	svg := vgsvg.New(width, height)
	render(svg)
	f, err := os.Create(path + ".svg")
	if err != nil {
		return err
	}
	if _, err := svg.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(144))
	render(img)
	if f, err = os.Create(path + ".png"); err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// newPlot returns a panel in the report's style.
func newPlot(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = 6
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	p.Title.TextStyle.Font = font.From(sans, 11)
	p.Title.TextStyle.Color = ink
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = font.From(sans, 9), ink
		a.Tick.Label.Font, a.Tick.Label.Color = font.From(sans, 9), ink
		a.LineStyle.Color, a.Tick.LineStyle.Color = neutral, neutral
		a.Padding = 2
	}
	p.Legend.TextStyle.Font = font.From(sans, 9)
	p.Legend.TextStyle.Color = ink
	p.Legend.Padding = 2
	p.Legend.Top, p.Legend.Left = true, false
	return p
}

func gridLines(p *plot.Plot, vertical bool) {
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = faint, faint
	if vertical {
		g.Horizontal.Width = 0
	} else {
		g.Vertical.Width = 0
	}
	p.Add(g)
}

// bars returns a panel with one bar a row on a logarithmic scale, labelled with its figure.
func bars(title string, rows []*row, value func(*row) float64) (*plot.Plot, error) {
	p := newPlot(title)
	gridLines(p, true)
	least, most := math.Inf(1), 0.0
	for _, r := range rows {
		if v := value(r); v > 0 {
			least, most = min(least, v), max(most, v)
		}
	}
	if most == 0 {
		return nil, fmt.Errorf("%s: nothing to draw", title)
	}
	floor := math.Floor(math.Log10(least) - 0.3)
	heights := func(own bool) plotter.Values {
		vs := make(plotter.Values, len(rows))
		for i, r := range rows {
			if v := value(r); v > 0 && (r.System == "sotto") == own {
				vs[len(rows)-1-i] = math.Log10(v) - floor
			}
		}
		return vs
	}
	for _, own := range []bool{true, false} {
		b, err := plotter.NewBarChart(heights(own), 11)
		if err != nil {
			return nil, err
		}
		b.Horizontal, b.LineStyle.Width, b.Color = true, 0, color.Color(neutral)
		if own {
			b.Color = accent
		}
		p.Add(b)
	}
	names := make([]string, len(rows))
	labels := plotter.XYLabels{}
	for i, r := range rows {
		names[len(rows)-1-i] = r.short()
		if r.Params != rows[0].Params {
			names[len(rows)-1-i] += ", " + progress.Thousands(r.Params)
		}
		labels.XYs = append(labels.XYs, plotter.XY{X: max(0, math.Log10(value(r))-floor), Y: float64(len(rows) - 1 - i)})
		labels.Labels = append(labels.Labels, figure(value(r)))
	}
	l, err := plotter.NewLabels(labels)
	if err != nil {
		return nil, err
	}
	for i := range l.TextStyle {
		l.TextStyle[i] = text.Style{Font: font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, 9), Color: ink, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
	}
	l.Offset = vg.Point{X: 3}
	p.Add(l)
	p.NominalY(names...)
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width, p.Y.Tick.Length = 0, 0, 0
	p.X.Min, p.X.Max = 0, math.Ceil(math.Log10(most)-floor)
	p.X.Max = max(p.X.Max, math.Log10(most)-floor+0.12*p.X.Max+0.3) // room for the label
	p.Y.Min, p.Y.Max = -0.6, float64(len(rows))-0.4
	p.X.Tick.Marker = powersOfTen(floor)
	return p, nil
}

// powersOfTen labels an axis of logarithms that begins at 10^floor.
type powersOfTen float64

func (t powersOfTen) Ticks(least, most float64) (ticks []plot.Tick) {
	for x := math.Ceil(least); x <= most; x++ {
		ticks = append(ticks, plot.Tick{Value: x, Label: power(x + float64(t))})
	}
	return ticks
}

// power writes 10^e.
func power(e float64) string {
	if e >= 0 {
		return progress.Thousands(int64(math.Round(math.Pow(10, e))))
	}
	return strconv.FormatFloat(math.Pow(10, e), 'f', int(math.Round(-e)), 64)
}

// short is a name that fits beside a bar.
func (r *row) short() string {
	switch r.System {
	case "plain":
		return "plain"
	case "masking":
		return "masking"
	case "lattigo-bgv":
		return "BGV"
	case "lattigo-ckks":
		return "CKKS"
	case "prio3":
		return "Prio3"
	}
	return "Sotto " + r.Set
}

// comparisonPanels draws the rows of the first group, and of the others those of systems that are not among these.
func comparisonPanels(groups [][]*row) (panels []*plot.Plot, err error) {
	var rows []*row
	for _, r := range slices.Concat(groups...) {
		if r.job == groups[0][0].job || !slices.ContainsFunc(rows, func(o *row) bool { return o.System == r.System }) {
			rows = append(rows, r)
		}
	}
	for _, panel := range []struct {
		title string
		value func(*row) float64
	}{
		{"Contributor: CPU seconds a million parameters", func(r *row) float64 { return r.ClientCPU }},
		{"Upload: bytes a parameter (float32 is 4)", func(r *row) float64 { return r.UploadPer }},
		{"Aggregator: CPU seconds a million parameters", func(r *row) float64 { return r.ServerCPU }},
		{"Opening: CPU seconds a million parameters", func(r *row) float64 { return r.OpenCPU }},
	} {
		p, err := bars(panel.title, rows, panel.value)
		if err != nil {
			return nil, err
		}
		panels = append(panels, p)
	}
	return panels, nil
}

// line adds a line with points.
func line(p *plot.Plot, name string, c color.Color, points plotter.XYs) error {
	return wideLine(p, name, c, 1.5, points)
}

func wideLine(p *plot.Plot, name string, c color.Color, width vg.Length, points plotter.XYs) error {
	l, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	l.Color, l.Width = c, width
	dots.Color, dots.Shape, dots.Radius = c, draw.CircleGlyph{}, 2.2
	p.Add(l, dots)
	p.Legend.Add(name, l, dots)
	return nil
}

// level adds a dashed line at a height.
func level(p *plot.Plot, name string, y float64, from, to float64, dash vg.Length) error {
	l, err := plotter.NewLine(plotter.XYs{{X: from, Y: y}, {X: to, Y: y}})
	if err != nil {
		return err
	}
	l.Color, l.Width, l.Dashes = neutral, 1.2, []vg.Length{dash, 3}
	p.Add(l)
	p.Legend.Add(name, l)
	return nil
}

// logarithmic makes both axes logarithmic.
func logarithmic(p *plot.Plot) {
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = decades{}, decades{}
}

// decades labels powers of ten, and where there are few of them the numbers two and five between.
type decades struct{}

func (decades) Ticks(least, most float64) (ticks []plot.Tick) {
	few := math.Log10(most/least) < 2.5
	for e := math.Floor(math.Log10(least)); math.Pow(10, e) <= most*1.0001; e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, e)
			if v < least*0.9999 || v > most*1.0001 {
				continue
			}
			label := ""
			if m == 1 || few {
				label = strconv.FormatFloat(v, 'g', 2, 64)
				if v >= 1 {
					label = progress.Thousands(int64(math.Round(v)))
				}
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
	}
	return ticks
}

func points(rows []*row, x, y func(*row) float64) plotter.XYs {
	var xys plotter.XYs
	for _, r := range rows {
		if y(r) > 0 {
			xys = append(xys, plotter.XY{X: x(r), Y: y(r)})
		}
	}
	return xys
}

func paramsPanels(rows []*row) ([]*plot.Plot, error) {
	var b90, fewest []*row // the default set, and for each size the set that the planner takes: that with the fewest bytes
	for _, r := range rows {
		if r.Set == "B90" {
			b90 = append(b90, r)
		}
		if last := len(fewest) - 1; last < 0 || fewest[last].Params != r.Params {
			fewest = append(fewest, r)
		} else if r.UploadBytes < fewest[last].UploadBytes {
			fewest[last] = r
		}
	}
	cpu, upload := newPlot("CPU seconds a million parameters"), newPlot("Upload, bytes a parameter")
	gridLines(cpu, false)
	gridLines(upload, false)
	size := func(r *row) float64 { return float64(r.Params) }
	for i, l := range []struct {
		panel *plot.Plot
		name  string
		rows  []*row
		value func(*row) float64
	}{
		{cpu, "contributor, B90", b90, func(r *row) float64 { return r.ClientCPU }},
		{cpu, "aggregator, B90", b90, func(r *row) float64 { return r.ServerCPU }},
		{cpu, "opening, B90", b90, func(r *row) float64 { return r.OpenCPU }},
		{upload, "B90", b90, func(r *row) float64 { return r.UploadPer }},
		{upload, "planner's choice", fewest, func(r *row) float64 { return r.UploadPer }},
	} {
		if len(l.rows) == 0 {
			continue
		}
		if err := line(l.panel, l.name, series[i%3], points(l.rows, size, l.value)); err != nil {
			return nil, err
		}
	}
	from, to := size(rows[0]), size(rows[len(rows)-1])
	bound := float64(rows[0].Bits) + math.Log2(float64(rows[0].KMax))
	for _, l := range []struct {
		name string
		y    float64
		dash vg.Length
	}{{"float32", 4, 6}, {"b + log2 K_max bits", bound / 8, 2}} {
		if err := level(upload, l.name, l.y, from, to, l.dash); err != nil {
			return nil, err
		}
	}
	for _, p := range []*plot.Plot{cpu, upload} {
		p.X.Label.Text = "parameters"
		logarithmic(p)
		p.Y.Min /= 1.5
		p.Y.Max *= 2.5
	}
	return []*plot.Plot{cpu, upload}, nil
}

func contributorsPanels(rows []*row) ([]*plot.Plot, error) {
	one, all := newPlot("CPU milliseconds a contribution"), newPlot("CPU milliseconds a round")
	count := func(r *row) float64 { return float64(r.Contributors) }
	lines := []struct {
		panel *plot.Plot
		name  string
		value func(*row) float64
	}{
		{one, "contributor", func(r *row) float64 { return r.Runs.ClientCPU.Median * 1e3 }},
		{one, "aggregator", func(r *row) float64 { return r.Runs.ServerCPU.Median * 1e3 }},
		{one, "each member", func(r *row) float64 { return r.MemberShares }},
		{all, "opening", func(r *row) float64 { return r.Runs.OpenCPU.Median * 1e3 }},
		{all, "each member", func(r *row) float64 { return r.MemberCPU * 1e3 }},
		{all, "audit", func(r *row) float64 { return r.AuditCPU * 1e3 }},
	}
	gridLines(one, false)
	gridLines(all, false)
	drawn := map[*plot.Plot]int{}
	for _, l := range lines {
		xys := points(rows, count, l.value)
		if len(xys) == 0 {
			continue
		}
		if err := line(l.panel, l.name, series[drawn[l.panel]%len(series)], xys); err != nil {
			return nil, err
		}
		drawn[l.panel]++
	}
	for _, p := range []*plot.Plot{one, all} {
		p.X.Label.Text = "contributors"
		p.Title.Text += fmt.Sprintf(" (%s parameters)", progress.Thousands(rows[0].Params))
		logarithmic(p)
		p.Y.Min /= 1.5
		p.Y.Max *= 2.5
	}
	return []*plot.Plot{one, all}, nil
}

func trainingPanels(all []*training) (panels []*plot.Plot, err error) {
	by := map[string]*plot.Plot{}
	for _, t := range all {
		p := by[t.Task]
		if p == nil {
			p = newPlot(fmt.Sprintf("%s: accuracy, %s parameters, %d contributors", t.Task, progress.Thousands(t.Params), t.Contributors))
			gridLines(p, false)
			p.X.Label.Text = "rounds"
			p.X.Tick.Marker = wholeNumbers{}
			p.Legend.Top = false
			by[t.Task], panels = p, append(panels, p)
		}
		var xys plotter.XYs
		for i, a := range t.Accuracies {
			xys = append(xys, plotter.XY{X: float64(i + 1), Y: a})
		}
		// The two lie on each other, or nearly: the one above is the narrower.
		name, c, width := fmt.Sprintf("plain averaging, %s CPU s", figure(t.CPU)), color.Color(light), vg.Length(6)
		if t.System == "sotto" {
			name, c, width = fmt.Sprintf("Sotto, %s CPU s", figure(t.CPU)), accent, 1.5
		}
		if err := wideLine(p, name, c, width, xys); err != nil {
			return nil, err
		}
	}
	return panels, nil
}

type wholeNumbers struct{}

func (wholeNumbers) Ticks(least, most float64) (ticks []plot.Tick) {
	for x := math.Ceil(least); x <= most; x++ {
		ticks = append(ticks, plot.Tick{Value: x, Label: strconv.Itoa(int(x))})
	}
	return ticks
}
