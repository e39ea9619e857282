package measure

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// Machine says where and of what a measurement was made.
type Machine struct {
	CPU        string `json:"cpu"`
	Processors int    `json:"processors"`
	System     string `json:"system"` // operating system and architecture
	Go         string `json:"go"`
	Commit     string `json:"commit"`   // of the repository in the working directory; "unknown" without git
	Modified   bool   `json:"modified"` // files differ from the commit
}

// ThisMachine describes the machine and the commit of the working directory.
func ThisMachine() Machine {
	m := Machine{CPU: cpuName(), Processors: runtime.GOMAXPROCS(0), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Commit: "unknown"}
	if commit, err := exec.Command("git", "rev-parse", "HEAD").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(commit))
		changes, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no").Output()
		m.Modified = err != nil || len(bytes.TrimSpace(changes)) > 0
	}
	return m
}

func cpuName() string {
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.Join(strings.Fields(value), " ")
			}
		}
	}
	if name, err := exec.Command("sysctl", "-n", "machdep.cpu.brand_string").Output(); err == nil {
		return strings.TrimSpace(string(name))
	}
	return "unknown processor"
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// Slug returns a short name for the machine that fits into a file name.
func (m Machine) Slug() string {
	name := notInNames.ReplaceAllString(strings.ToLower(m.CPU), "-")
	name = strings.Trim(name, "-")
	if len(name) > 32 {
		name = strings.TrimRight(name[:32], "-")
	}
	return name + "-" + strconv.Itoa(m.Processors) + "-cores"
}
