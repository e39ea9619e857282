//go:build !unix

package aggregator

import "errors"

func newScratch(string, int) ([]byte, error) {
	return nil, errors.New("uploads can't be kept on disk on this system")
}

func freeScratch([]byte) error { return nil }
