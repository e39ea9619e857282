package operate

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// diskReserve is what must be free of the disk that a daemon writes to: below it, an operator should act before writes fail.
const diskReserve = 256 << 20

// disk watches the directory of a daemon.
type disk struct {
	dir  string
	free func(dir string) (uint64, bool)
	desc *prometheus.Desc
}

func newDisk(dir string) *disk {
	return &disk{dir, freeBytes, prometheus.NewDesc("sotto_data_free_bytes", "Bytes that may still be written in the daemon's data directory.", nil, nil)}
}

func (d *disk) check() Check {
	return Check{"disk", func() (string, error) {
		free, known := d.free(d.dir)
		switch {
		case !known:
			return "the system does not say what is free", nil
		case free < diskReserve:
			return "", fmt.Errorf("%d MiB are free, want %d: make room before writes fail", free>>20, diskReserve>>20)
		}
		return fmt.Sprintf("%d MiB are free", free>>20), nil
	}}
}

// Describe implements prometheus.Collector.
func (d *disk) Describe(to chan<- *prometheus.Desc) { to <- d.desc }

// Collect implements prometheus.Collector.
func (d *disk) Collect(to chan<- prometheus.Metric) {
	if free, known := d.free(d.dir); known {
		to <- prometheus.MustNewConstMetric(d.desc, prometheus.GaugeValue, float64(free))
	}
}
