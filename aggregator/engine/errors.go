package engine

import (
	"errors"
	"fmt"
)

var (
	// ErrConflict says that a log has grown since its writer looked: the writer reads what is new and decides again.
	ErrConflict = errors.New("log has grown")
	// ErrUnknown says that an append may have happened or may still happen: the writer reads the log, or appends at the same head.
	ErrUnknown = errors.New("outcome of an append is unknown")
	// ErrUnavailable says that the engine did not answer as long as patience lasted, and that nothing was done.
	ErrUnavailable = errors.New("engine is unavailable")
	// ErrFull says that the engine has no room: new work is refused, what is there stays.
	ErrFull = errors.New("engine is full")
	// ErrTooLarge refuses a record above [MaxRecordBytes].
	ErrTooLarge = errors.New("too large")
	// ErrHeadWentBack says that the engine has lost records that were seen: the replica stops and calls a person.
	ErrHeadWentBack = errors.New("head of the log went back")
	// ErrCorrupt says that bytes of the engine are not those that were written: the replica stops and calls a person.
	ErrCorrupt = errors.New("corrupt")
	// ErrMissing says that a segment or a part of it is not there.
	ErrMissing = errors.New("segment is missing")
	// ErrViolation says that the log holds a record that no honest writer appends: the replica stops and calls a person.
	ErrViolation = errors.New("rule violation")
	// ErrPreflight says that the engine is not set to lose nothing, or can't be seen to be; its text names the setting.
	ErrPreflight = errors.New("preflight")
	// ErrUnseen is the [ErrPreflight] of a server whose sync policy can't be seen and is not vouched for.
	ErrUnseen = fmt.Errorf("%w: sync policy can't be seen", ErrPreflight)
	// ErrLocked says that another process has the directory open.
	ErrLocked = errors.New("directory is in use by another process")
	// ErrClosed says that the engine or group was closed.
	ErrClosed = errors.New("closed")
	// ErrFrozen refuses an item after the freeze.
	ErrFrozen = errors.New("frozen")
)
