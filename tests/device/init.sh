#!/bin/sh
# The first process of the device VM, run by busybox: modules, this machine's files read-only under an overlay, the job.
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
for module in /modules/*.ko; do
  case $module in *-dummy_hcd.ko) options="num=4";; *) options="";; esac
  insmod "$module" $options || echo "device VM: $module was not loaded"
done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 files /lower || echo "device VM: no files"
mount -t tmpfs tmpfs /upper; mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root || echo "device VM: no overlay"
mkdir -p /root/dev /root/proc /root/sys /root/tmp /root/run /root/mnt
mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=524288 job /root/mnt || echo "device VM: no job"
mount -t tmpfs tmpfs /root/run
mount --move /dev /root/dev; mount --move /proc /root/proc; mount --move /sys /root/sys
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts devpts /root/dev/pts; mount -t tmpfs tmpfs /root/dev/shm
mount -t configfs none /root/sys/kernel/config
ln -sf /proc/self/fd /root/dev/fd
exec switch_root /root /bin/sh /mnt/job.sh
