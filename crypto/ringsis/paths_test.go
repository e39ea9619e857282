package ringsis_test

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// TestWithoutWideInstructions runs tests again as on processors that lack some instructions, the vectors among them.
func TestWithoutWideInstructions(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("there is one path only")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, without := range []string{"cpu.avx512f=off", "cpu.avx512f=off,cpu.avx2=off"} {
		t.Run(without, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(self, "-test.run", "^(TestVectors|TestAgainstReference|TestLargest|TestLinearity)")
			cmd.Env = append(os.Environ(), "GODEBUG="+without)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
