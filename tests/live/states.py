# SPDX-License-Identifier: GPL-2.0-or-later
"""What people add to rolewall's tables by hand: declarations and rules, by nft's words."""

DECLARATIONS = (
    ("counter", "counter hits {\n packets 12 bytes 3400\n }"),
    ("counter with a comment", 'counter hits {\n comment "of the object"\n packets 1 bytes 2\n }'),
    ("quota", "quota q {\n over 25 mbytes used 1 mbytes\n }"),
    ("quota used up", "quota q {\n 1000 bytes used 1000 bytes\n }"),
    ("limit", "limit l {\n rate over 400/minute burst 9 packets\n }"),
    ("byte limit", "limit l {\n rate 1 mbytes/second burst 100 kbytes\n }"),
    ("helper", 'ct helper h {\n type "ftp" protocol tcp\n l3proto inet\n }'),
    ("time-outs", "ct timeout t {\n protocol tcp\n l3proto ip\n"
                  " policy = { established : 100, close : 20 }\n }"),
    ("expectation", "ct expectation e {\n protocol udp\n dport 9876\n timeout 2m\n size 12\n"
                    " l3proto ip\n }"),
    ("synproxy", "synproxy s {\n mss 1460\n wscale 7\n timestamp sack-perm\n }"),
    ("secmark", 'secmark s {\n "system_u:object_r:ssh_server_packet_t:s0"\n }'),
    ("set", "set s {\n type ipv4_addr\n elements = { 9.9.9.9, 1.1.1.1, 5.5.5.5 }\n }"),
    ("set with a comment", 'set s {\n type ipv4_addr\n comment "of the set"\n'
                           ' elements = { 1.1.1.1 comment "of the element" }\n }'),
    ("set of marks", "set s {\n typeof meta mark\n elements = { 1, 500 }\n }"),
    ("set by expression", "set s {\n typeof ip saddr . tcp dport\n"
                          " elements = { 1.2.3.4 . 80 }\n }"),
    ("intervals", "set s {\n type ipv4_addr\n flags interval\n"
                  " elements = { 0.0.0.0/8, 10.0.0.0/8, 11.0.0.0-11.0.0.7, 255.0.0.0/8 }\n }"),
    ("neighbouring intervals", "set s {\n type inet_service\n flags interval\n"
                               " elements = { 1-10, 11-20, 21, 22, 65535 }\n }"),
    ("merged intervals", "set s {\n type ipv4_addr\n flags interval\n auto-merge\n"
                         " elements = { 10.0.0.0/25, 10.0.0.128/25, 10.0.2.1 }\n }"),
    ("intervals of ipv6", "set s {\n type ipv6_addr\n flags interval\n"
                          " elements = { fe80::/10, 2001:db8::1-2001:db8::5, ffff::/16 }\n }"),
    ("intervals with time-outs", "set s {\n type ipv4_addr\n flags interval,timeout\n elements = "
     "{ 10.0.0.0/8 timeout 1h expires 30m, 11.0.0.0/8, 12.0.0.1 timeout 1d }\n }"),
    ("interval concatenation", "set s {\n type ipv4_addr . inet_service\n flags interval\n"
                               " elements = { 10.0.0.0/8 . 1-5, 11.0.0.1 . 80 }\n }"),
    ("interval concatenation with time-outs and counters",
     "set s {\n type ifname . ipv4_addr\n flags interval,timeout\n counter\n timeout 5h\n elements"
     ' = { "lo" . 10.0.0.0/8 counter packets 5 bytes 6 timeout 2h expires 1h,'
     ' "eth0" . 10.0.0.1-10.0.0.7 counter packets 7 bytes 8 }\n }'),
    ("counted elements", "set s {\n type ipv4_addr\n counter\n"
                         " elements = { 1.2.3.4 counter packets 5 bytes 6 }\n }"),
    ("limited elements", "set s {\n type ipv4_addr\n limit rate 5/second burst 7 packets\n"
                         " elements = { 1.2.3.4 limit rate 5/second burst 7 packets }\n }"),
    ("two statements on elements",
     "set s {\n type ipv4_addr\n flags dynamic,timeout\n timeout 1h\n"
     " limit rate 5/second counter\n"
     " elements = { 1.2.3.4 limit rate 5/second counter packets 3 bytes 4 expires 30m }\n }"),
    ("quota of elements", "set s {\n type ipv4_addr\n quota over 1 mbytes used 10 bytes\n"
                          " elements = { 1.2.3.4 }\n }"),
    ("time-outs of elements", "set s {\n type ipv4_addr\n flags timeout\n"
                              " elements = { 1.2.3.4 timeout 1h, 1.2.3.5, "
                              "1.2.3.6 timeout 1d expires 3h5m }\n }"),
    ("default time-out", "set s {\n type ipv4_addr\n flags timeout\n timeout 90s\n"
                         " gc-interval 10s\n elements = { 1.2.3.4, 1.2.3.5 timeout 1h }\n }"),
    ("filled set", "set s {\n type ipv4_addr\n flags dynamic,timeout\n timeout 10m\n size 1000\n"
                   " elements = { 1.2.3.4 limit rate 10/second burst 5 packets timeout 1h "
                   "expires 10m, 1.2.3.5 limit rate 1/minute, 1.2.3.6 expires 2m }\n }"),
    ("set for memory", "set s {\n type ipv4_addr\n policy memory\n size 100\n"
                       " elements = { 1.2.3.4 }\n }"),
    ("map of addresses", "map m {\n type inet_service : ipv4_addr\n"
                         " elements = { 80 : 1.2.3.4, 81 : 1.2.3.5 }\n }"),
    ("map of intervals", "map m {\n type ipv4_addr : mark\n flags interval\n"
                         " elements = { 10.0.0.0/24 : 1, 10.0.1.0/24 : 2 }\n }"),
    ("map with a rest", "map m {\n type ipv4_addr : mark\n"
                        " elements = { 10.0.0.1 : 1, * : 3 }\n }"),
    ("map of objects", "counter hits {\n packets 1 bytes 2\n }\nmap m {\n type ipv4_addr : counter\n"
                       ' elements = { 1.1.1.1 : "hits" }\n }'),
    ("filled map", "map m {\n type ipv4_addr : inet_service\n flags dynamic,timeout\n"
                   " timeout 1h\n elements = { 1.2.3.4 expires 30m : 80 }\n }"),
    ("verdict map", "chain side {\n counter packets 7 bytes 8\n }\nmap m {\n"
                    " type inet_service : verdict\n counter\n"
                    " elements = { 1 counter packets 9 bytes 10 : jump side,"
                    " 2 counter packets 0 bytes 0 : drop }\n }"),
    ("verdict map of intervals", "chain side {\n }\nmap m {\n type ipv4_addr : verdict\n"
                                 " flags interval\n elements = { 10.0.0.0/8 : goto side,"
                                 " 11.0.0.0-11.0.0.5 : accept }\n }"),
    ("chains in no order", 'chain zebra {\n comment "of the chain"\n jump ant\n }\n'
                           "chain ant {\n }\nchain middle {\n jump ant\n goto zebra\n }"),
    ("address translation",
     "chain out {\n type nat hook postrouting priority 100\n masquerade random\n"
     " snat ip to 1.2.3.4-1.2.3.9 persistent\n }\n"
     "chain in {\n type nat hook prerouting priority -100\n tcp dport 8080 redirect to :80\n"
     " dnat ip to tcp dport map { 80 : 1.2.3.4, 81 : 1.2.3.5 }\n }"),
    ("routing", "chain r {\n type route hook output priority -150\n meta mark set 7\n }"),
    ("ingress", 'chain i {\n type filter hook ingress device "lo" priority 3\n policy drop\n'
                " counter packets 1 bytes 2\n }"),
)

# In a chain of the kind that sees packets come in.
RULES = (
    ("counter", 'counter packets 5 bytes 6 accept comment "counted"'),
    ("two anonymous sets", "ip saddr { 1.2.3.4, 10.0.0.0/8 } meta mark { 5, 7 } "
                           'counter packets 5 bytes 6 accept comment "two"'),
    ("anonymous set beside what is foreign", "tcp dport { 22, 80-90 } meta mark set 7 "
                                             "counter packets 1 bytes 2"),
    ("not in an anonymous set", "ip daddr != { 1.2.3.4, 1.2.3.5 } drop"),
    ("anonymous concatenation", "ip6 nexthdr . tcp dport { udp . 53, tcp . 80-90 } accept"),
    ("anonymous verdict map", "ip saddr . ip daddr vmap { 1.2.3.4 . 3.4.5.6 : accept }"),
    ("anonymous map", "meta mark set ip saddr map { 1.2.3.4 : 5, 1.2.4.0/24 : 6 }"),
    ("anonymous map of objects", 'counter name ip daddr map { 1.2.3.4 : "hits" }'),
    ("objects", 'quota name "q" counter name "hits"'),
    ("helper", 'ct state new ct helper set "h"'),
    ("quota", "ip dscp { cs1, cs2 } quota over 10 mbytes used 3 mbytes drop"),
    ("quota used up", "quota 10 bytes used 10 bytes accept"),
    ("limit", "limit rate over 10/minute burst 8 packets drop"),
    ("connections", "ct count over 20 drop"),
    ("set filled", "update @filled { ip saddr timeout 30s limit rate 10/second burst 5 packets }"),
    ("set filled, default time-out", "update @filled { ip saddr } counter packets 8 bytes 9"),
    ("set filled, no time-out", "add @plain { ip saddr }"),
    ("set filled and counted", "add @plain { ip saddr ct count over 20 } drop"),
    ("map filled", "update @target { ip saddr : tcp dport }"),
    ("chain in braces", "tcp dport { 1, 2 } jump { tcp dport 1 counter packets 1 bytes 1 accept; "
                        "ip saddr { 5.5.5.5, 6.6.6.6 } drop; }"),
    ("log", 'log prefix "x: " level debug flags all'),
    ("log to a group", "log group 3 snaplen 20 queue-threshold 5"),
    ("reset", "reject with tcp reset"),
    ("rejection", "reject with icmpx type admin-prohibited"),
    ("route of the source", "fib saddr . iif oif missing drop"),
    ("both transports", "meta l4proto { tcp, udp } th dport { 53, 100-200 } counter packets 4 "
                        "bytes 5"),
    ("flags", "tcp flags & (fin | syn) == syn tcp option timestamp exists accept"),
    ("window", "tcp option window exists tcp window set 5"),
    ("turns", "numgen inc mod 2 vmap { 0 : accept, 1 : drop }"),
    ("shares", "jhash ip saddr mod 3 seed 0xff vmap { 0 : accept, 1 : drop, 2 : continue }"),
    ("trace", "meta nftrace set 1"),
    ("mark of the connection", "ct mark set meta mark"),
    ("extension header", "exthdr frag exists accept"),
    ("transparent socket", "socket transparent 1 meta mark set 2"),
    ("ttl", "ip ttl set 5"),
    ("operating system", 'osf name "Linux"'),
    ("prefixes", "ip saddr 10.0.0.0/9 ip daddr != 10.0.0.0/8 accept"),
    ("mark shifted", "meta mark set ct mark << 2 & 0xff or 1"),
    ("original address", "ct original ip saddr 1.2.3.4 ct original packets > 5 accept"),
    ("label and zone", "ct label 5 ct zone 3 drop"),
    ("raw payload", "@nh,8,8 0x10 @th,0,16 5 accept"),
    ("random", "numgen random mod 100 < 5 drop"),
    ("symmetric", "symhash mod 2 == 1 accept"),
    ("addresses of this machine", "fib daddr type { local, broadcast } accept"),
    ("ipsec", "meta ipsec exists ipsec in reqid 1 accept"),
    ("next hop", "rt ip nexthop 1.2.3.4 accept"),
    ("class", "meta priority set 1:2 ip6 dscp set cs1"),
    ("synproxy", "tcp dport 80 synproxy mss 1460 wscale 7 timestamp sack-perm"),
    ("user", "meta skuid 5 meta cgroup 3 drop"),
    ("names with stars", 'iifname "eth*" oifname != { "a", "b" } drop'),
    ("chunk", "sctp chunk init exists drop"),
    ("not tracked", "notrack"),
    ("time of the day", 'meta hour "17:00"-"19:00" drop'),
)

OBJECTS = """ counter hits {
  packets 12 bytes 3400
 }
 quota q {
  over 25 mbytes used 1 mbytes
 }
 ct helper h {
  type "ftp" protocol tcp
  l3proto inet
 }
 set filled {
  type ipv4_addr
  flags dynamic,timeout
  timeout 10m
  size 100
  elements = { 1.2.3.4 expires 5m }
 }
 set plain {
  type ipv4_addr
  flags dynamic
  size 100
 }
 map target {
  type ipv4_addr : inet_service
  flags dynamic
  size 100
 }
"""


def declared(text):
    return f"table inet rolewall {{\n{text}\n}}\n"


def ruled(text, hook="input"):
    return (f"table inet rolewall {{\n{OBJECTS} chain {hook} {{\n"
            f"  type filter hook {hook} priority 0\n  policy accept\n  {text}\n }}\n}}\n")


def states():
    """(name, script) of each, to be loaded where there is no table of rolewall's."""
    for name, text in DECLARATIONS:
        yield f"declared: {name}", declared(text)
    for name, text in RULES:
        yield f"rule: {name}", ruled(text, "prerouting" if name == "not tracked" else "input")
