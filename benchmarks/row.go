package main

import (
	"math"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
)

// A row is what was measured of one system with one workload: one line of JSON. Figures ending in _per_1m are seconds of processor time for
// a million parameters. What is not measured is left out.
type row struct {
	Row          string `json:"row"` // the part of the benchmark that it belongs to
	System       string `json:"system"`
	Set          string `json:"set,omitempty"` // Sotto's parameter set
	Params       int    `json:"params"`
	Contributors int    `json:"contributors"`
	KMax         int    `json:"k_max"`
	Bits         int    `json:"bits"`
	Members      int    `json:"members"`

	ClientCPU    float64 `json:"client_cpu_s_per_1m"`
	UploadPer    float64 `json:"upload_bytes_per_param"`
	ServerCPU    float64 `json:"server_cpu_s_per_1m"` // a contribution, gRPC and TLS included
	OpenCPU      float64 `json:"open_cpu_s_per_1m"`
	MaxError     float64 `json:"max_abs_err"`
	RMSError     float64 `json:"rms_err"`
	Step         float64 `json:"step,omitempty"` // of the quantised values
	OpenCheck    float64 `json:"open_check_cpu_s_per_1m,omitempty"`
	UploadFP32   float64 `json:"upload_times_fp32"`
	UploadPlain  float64 `json:"upload_times_quantised"`
	UploadBound  float64 `json:"upload_times_bound,omitempty"` // against b + log2 K_max bits
	UploadBytes  int     `json:"upload_bytes"`
	ClientPeak   int64   `json:"client_peak_bytes,omitempty"`
	IngestMBs    float64 `json:"ingest_mb_per_s"`          // of one upload after the other, by the clock
	ServerMBs    float64 `json:"server_mb_per_cpu_s"`      // upload bytes for each second of the aggregator's processor time
	SendCPU      float64 `json:"client_send_cpu_s_per_1m"` // gRPC and TLS on the contributor's side, not part of client_cpu
	MemberCPU    float64 `json:"member_cpu_s,omitempty"`   // one member, the whole round, its audit of the outcome included
	MemberShares float64 `json:"member_cpu_ms_per_contribution,omitempty"`
	MemberAudit  float64 `json:"member_audit_cpu_s,omitempty"`
	MemberIn     int64   `json:"member_bytes_in,omitempty"`
	MemberOut    int64   `json:"member_bytes_out,omitempty"`
	AuditCPU     float64 `json:"audit_cpu_s,omitempty"`
	AuditWall    float64 `json:"audit_wall_s,omitempty"`
	AuditBytes   int64   `json:"audit_bytes,omitempty"`
	Settings     string  `json:"settings"`

	job           *job // that it was measured in
	title         string
	memberCarries string

	// Seconds, of single contributions and openings.
	Runs struct {
		ClientCPU  measure.Stat `json:"client_cpu_s"`
		ClientWall measure.Stat `json:"client_wall_s"`
		SendCPU    measure.Stat `json:"client_send_cpu_s"`
		SendWall   measure.Stat `json:"send_wall_s"`
		ServerCPU  measure.Stat `json:"server_cpu_s"`
		OpenCPU    measure.Stat `json:"open_cpu_s"`
		OpenWall   measure.Stat `json:"open_wall_s"`
	} `json:"runs"`
}

// samples are the measurements that a row is made of.
type samples struct {
	clientCPU, clientWall, sendCPU, sendWall, serverCPU, openCPU, openWall, check []float64

	bytes   int
	peak    int64
	members []peers.Member
	audit   *peers.Audit
}

// newRow sums measurements up.
func newRow(j *job, s *peers.System, w peers.Workload, m *samples, errors deviation) (*row, error) {
	settings, err := s.Settings(w)
	if err != nil {
		return nil, err
	}
	r := &row{job: j, Row: j.part, System: s.Name, Params: w.Parameters, Contributors: w.Contributors, KMax: w.KMax, Bits: w.Bits, Members: w.Members,
		Settings: settings, UploadBytes: m.bytes, ClientPeak: m.peak, MaxError: errors.max, RMSError: errors.rms, title: entrant{s, w.Set}.title()}
	if !s.Unquantised {
		r.Step = w.Step()
	}
	r.Runs.ClientCPU, r.Runs.ClientWall = measure.Summarise(m.clientCPU), measure.Summarise(m.clientWall)
	r.Runs.SendCPU, r.Runs.SendWall = measure.Summarise(m.sendCPU), measure.Summarise(m.sendWall)
	r.Runs.ServerCPU = measure.Summarise(m.serverCPU)
	r.Runs.OpenCPU, r.Runs.OpenWall = measure.Summarise(m.openCPU), measure.Summarise(m.openWall)

	digits := measure.Significant
	million := 1e6 / float64(w.Parameters)
	r.ClientCPU, r.SendCPU = digits(r.Runs.ClientCPU.Median*million), digits(r.Runs.SendCPU.Median*million)
	r.ServerCPU, r.OpenCPU = digits(r.Runs.ServerCPU.Median*million), digits(r.Runs.OpenCPU.Median*million)
	r.OpenCheck = digits(measure.Summarise(m.check).Median * million)
	r.UploadPer = digits(float64(m.bytes) / float64(w.Parameters))
	r.UploadFP32, r.UploadPlain = digits(r.UploadPer/4), digits(r.UploadPer*8/float64(w.Bits))
	if wall := r.Runs.SendWall.Median; wall > 0 {
		r.IngestMBs = digits(float64(m.bytes) / 1e6 / wall)
	}
	if cpu := r.Runs.ServerCPU.Median; cpu > 0 {
		r.ServerMBs = digits(float64(m.bytes) / 1e6 / cpu)
	}
	if s.Name == "sotto" {
		p, err := peers.Scheme(w)
		if err != nil {
			return nil, err
		}
		r.Set = p.Set().String()
		r.UploadBound = digits(r.UploadPer * 8 / (float64(w.Bits) + math.Log2(float64(w.KMax))))
	}
	r.addMembers(w, m.members)
	if a := m.audit; a != nil {
		r.AuditCPU, r.AuditWall, r.AuditBytes = digits(a.Cost.CPU), digits(a.Cost.Wall), a.Bytes
	}
	return r, nil
}

// addMembers fills in what a key holder has done, that in the middle of all by processor time.
func (r *row) addMembers(w peers.Workload, members []peers.Member) {
	if len(members) == 0 {
		return
	}
	var cpu, shares, audit []float64
	for _, m := range members {
		cpu, shares, audit = append(cpu, m.CPU), append(shares, m.PerShare), append(audit, m.Audit)
	}
	r.MemberCPU, r.MemberAudit = measure.Summarise(cpu).Median, measure.Summarise(audit).Median
	r.MemberShares = measure.Significant(measure.Summarise(shares).Median * 1000 / float64(w.Contributors))
	r.MemberIn, r.MemberOut, r.memberCarries = members[0].In, members[0].Out, members[0].Carries
}

// deviation is how far a mean is from the exact one.
type deviation struct{ max, rms float64 }

func deviationOf(got, want []float64) deviation {
	var d deviation
	for j, x := range want {
		e := math.Abs(got[j] - x)
		if math.IsNaN(e) {
			e = math.Inf(1)
		}
		d.max = max(d.max, e)
		d.rms += e * e
	}
	return deviation{measure.Significant(d.max), measure.Significant(math.Sqrt(d.rms / float64(len(want))))}
}
