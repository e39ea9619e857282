package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"sotto/aggregator"
	"sotto/audit"
)

func readFile(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	metricName = regexp.MustCompile(`\bsotto_[a-z0-9_]+`)
	selector   = regexp.MustCompile(`\b(sotto_[a-z0-9_]+)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)\s*"`)
)

// checkExpression checks that an expression asks for metrics that there are, by labels that they have, and returns their names.
func checkExpression(t *testing.T, where, expression string, known map[string]desc) (names []string) {
	t.Helper()
	resolve := func(name string) (string, desc, bool) {
		if d, ok := known[name]; ok {
			return name, d, true
		}
		for _, suffix := range []string{"_bucket", "_count", "_sum"} {
			if base, ok := strings.CutSuffix(name, suffix); ok && strings.HasSuffix(base, "_seconds") {
				if d, ok := known[base]; ok {
					return base, d, true
				}
			}
		}
		return name, desc{}, false
	}
	for _, name := range metricName.FindAllString(expression, -1) {
		base, _, ok := resolve(name)
		if !ok {
			t.Errorf("%s: no metric %s", where, name)
		}
		names = append(names, base)
	}
	for _, s := range selector.FindAllStringSubmatch(expression, -1) {
		_, d, _ := resolve(s[1])
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			if !slices.Contains(append([]string{"job", "instance"}, d.labels...), m[1]) {
				t.Errorf("%s: %s has no label %s", where, s[1], m[1])
			}
		}
	}
	if strings.Count(expression, "(") != strings.Count(expression, ")") || strings.Count(expression, "{") != strings.Count(expression, "}") || strings.Count(expression, `"`)%2 != 0 {
		t.Errorf("%s: unbalanced %s", where, expression)
	}
	return names
}

// The dashboard is JSON as Grafana imports it, shows every metric, and none that there is not.
func TestDashboard(t *testing.T) {
	known := described(t)
	type grid struct{ H, W, X, Y int }
	var board struct {
		UID, Title    string
		SchemaVersion int
		Panels        []struct {
			ID                       int
			Type, Title, Description string
			GridPos                  grid
			FieldConfig              struct{ Defaults struct{ Unit string } }
			Targets                  []struct{ RefID, Expr, LegendFormat string }
		}
		Templating struct {
			List []struct{ Name, Type, Definition string }
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, "deploy", "grafana", "sotto.json")), &board); err != nil {
		t.Fatal(err)
	}
	if board.UID == "" || board.Title == "" || board.SchemaVersion == 0 {
		t.Errorf("dashboard %q %q, schema %d", board.UID, board.Title, board.SchemaVersion)
	}
	variables := map[string]bool{"__rate_interval": true}
	for _, v := range board.Templating.List {
		variables[v.Name] = true
		checkExpression(t, "variable "+v.Name, v.Definition, known)
	}
	ids, shown := map[int]bool{}, map[string]bool{}
	var places []grid
	for _, p := range board.Panels {
		if p.Title == "" || ids[p.ID] {
			t.Errorf("panel %d %q: no title, or a number that another one has", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, other := range places {
			if g := p.GridPos; g.X < other.X+other.W && other.X < g.X+g.W && g.Y < other.Y+other.H && other.Y < g.Y+g.H {
				t.Errorf("panel %q lies over another one", p.Title)
			}
		}
		places = append(places, p.GridPos)
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("panel %q lacks a description, a unit or a query", p.Title)
		}
		for _, q := range p.Targets {
			for _, name := range checkExpression(t, p.Title, q.Expr, known) {
				shown[name] = true
			}
			for _, v := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(q.Expr, -1) {
				if !variables[v[1]] {
					t.Errorf("%s: no variable %s", p.Title, v[1])
				}
			}
			if q.RefID == "" || q.LegendFormat == "" {
				t.Errorf("%s: query %q without a letter or a legend", p.Title, q.Expr)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

// alarm is a rule of the file of alarms.
type alarm struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func alarms(t *testing.T) (all []alarm) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []alarm
		}
	}
	d := yaml.NewDecoder(strings.NewReader(readFile(t, "deploy", "prometheus", "sotto-alerts.yml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		if g.Name == "" || len(g.Rules) == 0 {
			t.Errorf("group %q of %d rules", g.Name, len(g.Rules))
		}
		all = append(all, g.Rules...)
	}
	return all
}

// The alarms are rules as Prometheus reads them, over metrics that there are, and the operator's page says what to do about each.
func TestAlarms(t *testing.T) {
	known, page := described(t), readFile(t, "docs", "operations.md")
	var names []string
	for _, a := range alarms(t) {
		if slices.Contains(names, a.Alert) || a.Expr == "" || a.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, a.Labels["severity"]) {
			t.Errorf("alarm %q: %+v", a.Alert, a)
		}
		names = append(names, a.Alert)
		if used := checkExpression(t, a.Alert, a.Expr, known); len(used) == 0 && a.Alert != "SottoDown" {
			t.Errorf("%s asks for no metric", a.Alert)
		}
		heading := "\n### " + a.Alert + "\n"
		_, after, found := strings.Cut(page, heading)
		if !found {
			t.Errorf("docs/operations.md does not say what %s means", a.Alert)
		} else if paged := strings.HasPrefix(after, "*page.*"); paged != (a.Labels["severity"] == "page") {
			t.Errorf("docs/operations.md and the rule of %s differ in whether it is a page", a.Alert)
		}
	}
	for _, m := range regexp.MustCompile(`\bSotto[A-Z]\w+`).FindAllString(page, -1) {
		if !slices.Contains(names, m) {
			t.Errorf("docs/operations.md speaks of %s, which is no alarm", m)
		}
	}
}

// The scrape configuration has the ports of the example configurations, and names the file of alarms.
func TestScrape(t *testing.T) {
	var file struct {
		Global        map[string]string
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			Job    string                       `yaml:"job_name"`
			Static []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	d := yaml.NewDecoder(strings.NewReader(readFile(t, "deploy", "prometheus", "prometheus.yml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(file.RuleFiles, []string{"sotto-alerts.yml"}) || len(file.ScrapeConfigs) != 2 {
		t.Errorf("got %+v", file)
	}
	for _, s := range file.ScrapeConfigs {
		config := readFile(t, "deploy", "config", strings.TrimPrefix(s.Job, "sotto-")+".conf")
		m := regexp.MustCompile(`(?m)^metrics +(\S+)$`).FindStringSubmatch(config)
		if m == nil || len(s.Static) != 1 || !slices.Equal(s.Static[0].Targets, m[1:]) {
			t.Errorf("%s is scraped at %v, its configuration has %v", s.Job, s.Static, m)
		}
		if err := CheckLoopback(m[1]); err != nil {
			t.Error(err)
		}
	}
}

// The operator's page has every metric with its labels and description, and no other; and every message of the aggregator's log.
func TestOperatorsPage(t *testing.T) {
	known, page := described(t), readFile(t, "docs", "operations.md")
	for _, name := range slices.Sorted(maps.Keys(known)) {
		d := known[name]
		if row := fmt.Sprintf("\n| `%s` | %s | %s |\n", name, strings.Join(d.labels, ", "), d.help); !strings.Contains(page, row) {
			t.Errorf("docs/operations.md lacks the row%s", row)
		}
	}
	checkExpression(t, "docs/operations.md", strings.Join(metricName.FindAllString(page, -1), " "), known)

	var messages messages
	log := aggregator.LogTo(slog.New(&messages))
	for _, e := range []aggregator.Event{aggregator.CommitteeInstalled{}, aggregator.WaitingForContributors{}, aggregator.WaitingForSponsor{}, aggregator.RoundProposed{}, aggregator.RoundOpened{},
		aggregator.RoundClosed{}, aggregator.RoundFinished{Outcome: &audit.Outcome{}}, aggregator.RoundCertified{}, aggregator.RoundSkipped{}, aggregator.Refused{},
		aggregator.Equivocated{Evidence: &aggregator.Equivocation{}}, aggregator.Trouble{Err: errors.New("x")}, aggregator.Uploaded{}, aggregator.Posted{}} {
		log(e)
	}
	_, vocabulary, _ := strings.Cut(page, "\n## Log\n")
	for _, r := range messages {
		if !strings.Contains(vocabulary, r.Message) {
			t.Errorf("docs/operations.md does not know the message %q", r.Message)
		}
		r.Attrs(func(a slog.Attr) bool {
			if r.Level > slog.LevelDebug && !strings.Contains(vocabulary, "`"+a.Key+"`") {
				t.Errorf("docs/operations.md does not know the attribute %s of %q", a.Key, r.Message)
			}
			return true
		})
	}
	// Links lead to files and headings that there are.
	for _, m := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(page, -1) {
		file, heading, _ := strings.Cut(m[1], "#")
		if file != "" {
			if _, err := os.Stat(filepath.Join("..", "..", "docs", file)); err != nil {
				t.Error(err)
			}
		} else if !strings.Contains(strings.ToLower(page), "\n## "+strings.ReplaceAll(heading, "-", " ")) && heading != "is-it-well" {
			t.Errorf("no heading for #%s", heading)
		}
	}
}

// messages keeps what is logged.
type messages []slog.Record

func (m *messages) Enabled(context.Context, slog.Level) bool { return true }
func (m *messages) Handle(_ context.Context, r slog.Record) error {
	*m = append(*m, r)
	return nil
}
func (m *messages) WithAttrs([]slog.Attr) slog.Handler { return m }
func (m *messages) WithGroup(string) slog.Handler      { return m }
