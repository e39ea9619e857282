// Package edge is what the gRPC edges of all roles share: TLS with a pinned key, refusals as statuses with a stable reason and back,
// and objects streamed in bounded pieces.
package edge

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"sotto/round"
)

// Files of a server's TLS key in its directory.
const (
	keyFile         = "tls-key.pem"
	certificateFile = "tls-certificate.pem"
)

// KeyHash returns what clients pin of a certificate: the SHA-256 of its SubjectPublicKeyInfo.
func KeyHash(certificate *x509.Certificate) [32]byte {
	return sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
}

// LoadOrCreateTLS returns the TLS key in dir and the hash that clients pin, creating a P-256 key and a self-signed certificate if dir
// has none. The certificate names no host: clients trust the key, not the name.
func LoadOrCreateTLS(dir string) (tls.Certificate, [32]byte, error) {
	keyPath, certPath := filepath.Join(dir, keyFile), filepath.Join(dir, certificateFile)
	if _, err := os.Stat(keyPath); errors.Is(err, os.ErrNotExist) {
		if err := createTLS(dir, keyPath, certPath); err != nil {
			return tls.Certificate{}, [32]byte{}, err
		}
	}
	pair, err := tls.LoadX509KeyPair(certPath, keyPath)
	if err != nil {
		return tls.Certificate{}, [32]byte{}, fmt.Errorf("reading the TLS key in %s: %v", dir, err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return tls.Certificate{}, [32]byte{}, fmt.Errorf("reading the TLS certificate in %s: %v", dir, err)
	}
	return pair, KeyHash(leaf), nil
}

func createTLS(dir, keyPath, certPath string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("generating a TLS key: %v", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return fmt.Errorf("drawing a serial number: %v", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "sotto aggregator"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(20, 0, 0), // the pin is what expires: with network.json
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"sotto"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("making a TLS certificate: %v", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encoding the TLS key: %v", err)
	}
	// The certificate first: a crash between the two leaves no key, and the next start makes both anew.
	if err := os.WriteFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return err
	}
	return os.WriteFile(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600)
}

// ServerOptions returns the options of every Sotto server: TLS 1.3, bounded messages and streams, and keepalive that closes dead
// connections.
func ServerOptions(certificate tls.Certificate, maxMessage int) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}})),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.ForceServerCodecV2(Codec),
		grpc.MaxConcurrentStreams(256),
		grpc.ReadBufferSize(256 << 10),
		grpc.ConnectionTimeout(20 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	}
}

// ErrPinned says that a server does not hold the pinned TLS key.
var ErrPinned = errors.New("server does not hold the pinned TLS key")

// Dial returns a connection to address whose server must hold the TLS key with the given hash. It does not wait for the connection.
func Dial(address string, pin [32]byte) (*grpc.ClientConn, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("malformed aggregator address %q: want host:port", address)
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: "sotto",
		// The usual verification is of names and authorities; here the key itself is known, and VerifyConnection checks it.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return ErrPinned
			}
			got := KeyHash(state.PeerCertificates[0])
			if subtle.ConstantTimeCompare(got[:], pin[:]) != 1 {
				return fmt.Errorf("%w: it holds %s, network.json says %s", ErrPinned, round.Hash(got).Short(), round.Hash(pin).Short())
			}
			return nil
		},
	}
	return grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(round.MaxManifestBytes+1<<10)),
		grpc.WithWriteBufferSize(256<<10),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
		// A server that was restarted is found again within seconds, not after the two minutes that gRPC may wait.
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 20 * time.Second,
			Backoff: backoff.Config{BaseDelay: 250 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 10 * time.Second}}),
		grpc.WithContextDialer(func(ctx context.Context, a string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", a)
		}),
	)
}
