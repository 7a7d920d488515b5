package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// addAddresses gives IPv4 addresses to the loopback interface of the network that it runs in; one that is there stays.
func addAddresses(addresses []string) error {
	loopback, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	for _, text := range addresses {
		address, err := netip.ParseAddr(text)
		if err != nil || !address.Is4() {
			return fmt.Errorf("%q is no IPv4 address", text)
		}
		if err := addAddress(loopback.Index, address); err != nil && !errors.Is(err, syscall.EEXIST) {
			return fmt.Errorf("adding %s: %w", address, err)
		}
	}
	return nil
}

// addAddress speaks rtnetlink(7): a header, struct ifaddrmsg, and the address as two attributes.
func addAddress(index int, address netip.Addr) error {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	order := binary.NativeEndian
	bytes := address.As4()
	body := []byte{syscall.AF_INET, 32, 0, syscall.RT_SCOPE_UNIVERSE}
	body = order.AppendUint32(body, uint32(index))
	for _, kind := range []uint16{syscall.IFA_LOCAL, syscall.IFA_ADDRESS} {
		body = order.AppendUint16(body, uint16(4+len(bytes)))
		body = order.AppendUint16(body, kind)
		body = append(body, bytes[:]...)
	}
	message := order.AppendUint32(nil, uint32(syscall.NLMSG_HDRLEN+len(body)))
	message = order.AppendUint16(message, syscall.RTM_NEWADDR)
	message = order.AppendUint16(message, syscall.NLM_F_REQUEST|syscall.NLM_F_ACK|syscall.NLM_F_CREATE|syscall.NLM_F_EXCL)
	message = order.AppendUint32(message, 1)
	message = append(order.AppendUint32(message, 0), body...)
	if err := syscall.Sendto(socket, message, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	length, _, err := syscall.Recvfrom(socket, answer, 0)
	if err != nil {
		return err
	}
	if length < syscall.NLMSG_HDRLEN+4 {
		return errors.New("the kernel's answer is too short")
	}
	if code := int32(order.Uint32(answer[syscall.NLMSG_HDRLEN:])); code != 0 {
		return syscall.Errno(-code)
	}
	return nil
}
