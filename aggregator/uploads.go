package aggregator

import (
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

// uploads bounds what uploads that are under way take: memory first, and then disk.
type uploads struct {
	limits Limits

	mu             sync.Mutex
	count          int
	bytes, scratch int64 // of memory and of disk
	by             map[common.Address]int
}

func newUploads(l Limits) *uploads { return &uploads{limits: l, by: make(map[common.Address]int)} }

// underWay returns how many uploads are received, checked or committed now.
func (u *uploads) underWay() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.count
}

// perContributor is how many uploads of one contributor may be under way: one, and another after a connection that has died unnoticed.
const perContributor = 2

// begin takes memory for one upload, or disk if there is no more. done gives it back.
func (u *uploads) begin(contributor common.Address, size int64) (onDisk bool, done func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	const hint = "try again in 2 s"
	taken := &u.bytes
	if u.bytes+size > u.limits.UploadBytes {
		taken, onDisk = &u.scratch, true
	}
	switch {
	case u.by[contributor] >= perContributor:
		return false, nil, round.Refuse(round.ReasonBusy, fmt.Sprintf("%d uploads of %s are under way", u.by[contributor], contributor), hint)
	case u.count >= u.limits.Uploads:
		return false, nil, round.Refuse(round.ReasonBusy, fmt.Sprintf("%d uploads are under way, at most %d", u.count, u.limits.Uploads), hint)
	case onDisk && u.scratch+size > u.limits.ScratchBytes:
		return false, nil, round.Refuse(round.ReasonBusy, fmt.Sprintf("uploads of %d bytes are under way, at most %d", u.bytes+u.scratch, u.limits.UploadBytes+max(u.limits.ScratchBytes, 0)), hint)
	}
	u.count, *taken = u.count+1, *taken+size
	u.by[contributor]++
	return onDisk, func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.count, *taken = u.count-1, *taken-size
		if u.by[contributor]--; u.by[contributor] == 0 {
			delete(u.by, contributor)
		}
	}, nil
}
