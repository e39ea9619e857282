package operate

import "github.com/prometheus/client_golang/prometheus"

// gauges collects numbers that are read at the scrape, all of one moment.
type gauges[S any] struct {
	read func() S
	rows []row[S]
}

// row is one metric of them. Its values are emitted with the values of its labels.
type row[S any] struct {
	desc   *prometheus.Desc
	values func(s S, emit func(v float64, labels ...string))
}

// gauge is a metric without labels.
func gauge[S any](name, help string, value func(s S) float64) row[S] {
	return row[S]{prometheus.NewDesc(name, help, nil, nil), func(s S, emit func(float64, ...string)) { emit(value(s)) }}
}

// Describe implements prometheus.Collector.
func (g *gauges[S]) Describe(to chan<- *prometheus.Desc) {
	for _, r := range g.rows {
		to <- r.desc
	}
}

// Collect implements prometheus.Collector.
func (g *gauges[S]) Collect(to chan<- prometheus.Metric) {
	s := g.read()
	for _, r := range g.rows {
		r.values(s, func(v float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(r.desc, prometheus.GaugeValue, v, labels...)
		})
	}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histograms(name, help string, label string, buckets ...float64) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{label})
}

func histogram(name, help string, buckets ...float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}
