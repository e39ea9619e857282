package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sotto/internal/cli"
)

const deployed = "../../deploy"

// The example files name flags that there are, with values that they take.
func TestExampleConfigs(t *testing.T) {
	for verb, file := range map[string]string{"aggregator": "aggregator.conf", "member": "member.conf"} {
		path := filepath.Join(deployed, "config", file)
		var out, errs bytes.Buffer
		args := []string{verb, "--config", path, "--network", filepath.Join(t.TempDir(), "network.json"), "--data", t.TempDir()}
		// What they lack is the network, the key and the directory; anything about flags would be a usage error.
		if code := cli.Run(t.Context(), "sottod", about, verbs, args, &out, &errs); code != cli.ExitFailure || !strings.Contains(errs.String(), "no such file") {
			t.Errorf("%s: exit code %d: %s", file, code, errs.String())
		}
	}
}

// The units start what there is, with flags that there are, and give up what the daemons need not have.
func TestUnits(t *testing.T) {
	for _, verb := range []string{"aggregator", "member"} {
		b, err := os.ReadFile(filepath.Join(deployed, "systemd", "sotto-"+verb+".service"))
		if err != nil {
			t.Fatal(err)
		}
		unit := string(b)
		for _, line := range []string{"User=sotto-" + verb, "LoadCredential=passphrase:", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
			"PrivateDevices=yes", "RestrictNamespaces=yes", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "RestrictAddressFamilies=AF_INET AF_INET6", "LimitCORE=0", "UMask=0077",
			"StateDirectoryMode=0700", "Restart=on-failure", "KillSignal=SIGTERM", "MemoryMax="} {
			if !strings.Contains(unit, "\n"+line) {
				t.Errorf("unit of the %s lacks %s", verb, line)
			}
		}
		start := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/sottod (\S+) (.*)$`).FindStringSubmatch(unit)
		if start == nil || start[1] != verb {
			t.Fatalf("unit of the %s starts %v", verb, start)
		}
		usage := aggregatorUsage
		if verb == "member" {
			usage = memberUsage
		}
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(start[2], -1) {
			if !strings.Contains(usage, "  "+flag+" ") {
				t.Errorf("unit of the %s has %s, which its usage does not know", verb, flag)
			}
		}
	}
	if b, err := os.ReadFile(filepath.Join(deployed, "systemd", "sotto-member.service")); err != nil || !strings.Contains(string(b), "\nMemorySwapMax=0\n") {
		t.Errorf("a member's keys may be swapped to disk (%v)", err)
	}
}

// The image holds a static binary, runs as nobody, and shows a command that there is.
func TestContainerfile(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(deployed, "container", "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"CGO_ENABLED=0 go build", "./cmd/sottod", "\nFROM scratch\n", "\nUSER 65532:65532\n", "\nSTOPSIGNAL SIGTERM\n", `ENTRYPOINT ["/sottod"]`} {
		if !strings.Contains(string(b), line) {
			t.Errorf("Containerfile lacks %q", line)
		}
	}
	for _, flag := range regexp.MustCompile(`(?m)^# +member (.*)$`).FindAllStringSubmatch(string(b), -1) {
		for _, f := range regexp.MustCompile(`--[a-z-]+`).FindAllString(flag[1], -1) {
			if !strings.Contains(memberUsage, "  "+f+" ") {
				t.Errorf("Containerfile shows %s, which the usage does not know", f)
			}
		}
	}
}

// Every flag of the daemons stands in their usage, and the other way round.
func TestUsageNamesFlags(t *testing.T) {
	for verb, usage := range map[string]string{"aggregator": aggregatorUsage, "member": memberUsage} {
		for _, m := range regexp.MustCompile(`(?m)^  --([a-z-]+)`).FindAllStringSubmatch(usage, -1) {
			path := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(path, []byte(m[1]+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			if m[1] == "config" {
				continue
			}
			cli.Run(t.Context(), "sottod", about, verbs, []string{verb, "--config", path}, &out, &errs)
			if strings.Contains(errs.String(), "no flag") {
				t.Errorf("usage of the %s names --%s: %s", verb, m[1], errs.String())
			}
		}
	}
}
