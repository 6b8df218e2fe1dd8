"""The public names of PyTorch 2.13 that this library does not have, and what there is instead of each.

`tl.fft` raises an AttributeError that says so, rather than one that reads like a misspelling. A name leaves this
table when it is built; a test compares the table with PyTorch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

INSTEAD = {
    "amp": "computations run in the dtype of their Tensors: leave the context out, or convert with .to(dtype)",
    "anomaly": "anomaly mode is turned on by autograd.set_detect_anomaly(True) or `with autograd.detect_anomaly()`",
    "complex": "Tensors hold real numbers only; np.fft and the like work on x.detach().numpy()",
    "convolutions": "of layers for images there are convolutions, pooling, padding, interpolation and normalizations",
    "cuda": "the only device is the CPU; cuda.is_available() says so",
    "data_pipes": "use utils.data.Dataset, IterableDataset and DataLoader",
    "deprecated": "PyTorch has deprecated it; use its present form",
    "deterministic": "results are deterministic already: the same seed gives the same numbers",
    "devices": "the only device is the CPU",
    "distributed": "mpiexec starts processes, distributed connects them; DataLoader(num_workers=...) loads in threads",
    "distributions": "the distributions that are here stand in distributions.__all__; transforms make others of them",
    "dtypes": "the dtypes are float16, float32, float64, int8, int16, int32, int64, uint8 and bool",
    "linear_algebra": "this factorization is not here; np.linalg works on x.detach().numpy(), without gradients",
    "profiler": "profiler.profile measures each operation; compile(f).source shows what a step computes",
    "quantized": "there are no quantized Tensors",
    "recurrence": "the layers nn.GRU and nn.LSTM compute this",
    "script": "there is no TorchScript; compile makes a NumPy program of a function",
    "signals": "np.fft works on x.detach().numpy(), without gradients",
    "sparse": "sparse Tensors are in coordinate format: x.to_sparse(), sparse_coo_tensor(indices, values, size)",
    "special": "special.__all__ lists what is here; SciPy's work on x.detach().numpy(), and Function derives them",
    "storages": "x.numpy() is the memory of a Tensor, x.untyped_storage() tells its size and address",
    "threads": "set_num_threads says how many threads multiply matrices; everything else takes one",
    "transforms": "use func (grad, vmap, jvp, hessian and others), or autograd.grad with create_graph=True",
    "typed": "use tensor(data, dtype=...), or empty(sizes, dtype=...)",
}

# Names with an answer of their own.
SINGLY = {
    "grad_mode": "no_grad, enable_grad, inference_mode and set_grad_enabled stand in autograd",
}

ABSENT: dict[str, dict[str, str]] = {
    "": {
        "amp": (
            "autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache "
            "get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype get_autocast_ipu_dtype "
            "get_autocast_xla_dtype is_autocast_cache_enabled is_autocast_cpu_enabled "
            "is_autocast_ipu_enabled is_autocast_xla_enabled set_autocast_cache_enabled set_autocast_cpu_dtype "
            "set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled set_autocast_gpu_dtype "
            "set_autocast_ipu_dtype set_autocast_ipu_enabled set_autocast_xla_dtype set_autocast_xla_enabled"
        ),
        "anomaly": "set_anomaly_enabled",
        "complex": ("ComplexType complex conj_physical_ polar view_as_complex view_as_real"),
        "convolutions": (
            "conv_tbc convolution feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ "
        ),
        "devices": (
            "AcceleratorError Event OutOfMemoryError Stream get_device "
            "get_device_module has_lapack has_mkl has_openmp has_spectral is_vulkan_available mtia "
        ),
        "distributed": "Future fork futures is_distributed wait",
        "dtypes": (
            "bit bits16 bits1x8 bits2x4 bits4x2 bits8 float4_e2m1fn_x2 "
            "float8_e8m0fnu int1 int2 int3 int4 int5 int6 int7 "
            "uint1 uint2 uint3 uint4 uint5 uint6 uint7"
        ),
        "linear_algebra": ("cond frobenius_norm lobpcg nuclear_norm "),
        "other": (
            ""
            ""
            ""
            "embedding_renorm_ "
            "from_file "
            "hash_tensor "
            "is_storage "
            ""
            "nonzero_static quasirandom "
            "segment_reduce "
            "slice_inverse "
            ""
        ),
        "profiler": "monitor",
        "quantized": (
            "dequantize empty_quantized ao int_repr q_per_channel_axis q_per_channel_scales q_per_channel_zero_points "
            "q_scale q_zero_point qint32 qint8 qscheme quantization quint2x4 quint4x2 quint8"
        ),
        "recurrence": "",
        "script": (
            "AVG AggregationType AliasDb AnyType Argument ArgumentSpec AwaitType BenchmarkConfig "
            "BenchmarkExecutionStats Block BoolType BufferDict CallStack Capsule ClassType Code CompilationUnit "
            "ConcreteModuleType ConcreteModuleTypeBuilder DeepCopyMemoTable DeserializationStorageContext "
            "DeviceObjType DictType DisableTorchFunction DisableTorchFunctionSubclass DispatchKey DispatchKeySet "
            "EnumType ErrorReport ExcludeDispatchKeyGuard ExecutionPlan FatalError FileCheck FloatType FunctionSchema "
            "FutureType Gradient Graph GraphExecutorState IODescriptor InferredType IntType InterfaceType JITException "
            "ListType LiteScriptModule LockingLogger ModuleDict Node NoneType NoopLogger NumberType OperatorInfo "
            "OptionalType ParameterDict PyObjectType PyTorchFileReader PyTorchFileWriter RRefType SUM ScriptClass "
            "ScriptClassFunction ScriptDict ScriptDictIterator ScriptDictKeyIterator ScriptFunction ScriptList "
            "ScriptListIterator ScriptMethod ScriptModule ScriptModuleSerializer ScriptObject ScriptObjectProperty "
            "SerializationStorageContext StaticModule StreamObjType StringType SymBool SymBoolType SymFloat SymInt "
            "SymIntType Tag TensorType ThroughputBenchmark TracingState TupleType Type UnionType Use Value classes "
            "export fx import_ir_module import_ir_module_from_buffer library merge_type_from_type_comment "
            "package parse_ir parse_schema parse_type_comment return_types sym_float sym_fresh_size sym_int "
            "sym_ite sym_max sym_min sym_not sym_sqrt sym_sum thread_safe_generator torch_version "
            "unify_type_list "
        ),
        "signals": "fft istft signal stft",
        "sparse": (
            "embedding_bag hsmm hspmm masked nested saddmm smm sparse_bsc sparse_bsc_tensor sparse_bsr "
            "sparse_bsr_tensor sparse_compressed_tensor sparse_csc sparse_csc_tensor "
            "sparse_csr sparse_csr_tensor sspaddmm"
        ),
        "special": "i0_",
        "storages": (
            "BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage HalfStorage IntStorage "
            "LongStorage ShortStorage TypedStorage UntypedStorage resize_as_sparse_ storage"
        ),
        "threads": "init_num_threads ",
        "transforms": "functional",
        "typed": "BFloat16Tensor",
    },
    "autograd": {
        "other": ("NestedIOFunction enforce_grad_layout_policy grad_mode set_multithreading_enabled"),
        "profiler": "profiler_legacy",
        "transforms": "forward_ad",
    },
    "cuda": {
        "cuda": (
            "BFloat16Storage BoolStorage ByteStorage CUDAGraph "
            "CUDAPluggableAllocator CharStorage ComplexDoubleStorage ComplexFloatStorage CudaError "
            "DeferredCudaCallError DoubleStorage ExternalStream FloatStorage "
            "GreenContext HalfStorage IntStorage LongStorage MemPool ShortStorage "
            "StreamContext caching_allocator_alloc caching_allocator_delete "
            "caching_allocator_disabled caching_allocator_enable can_device_access_peer change_current_allocator "
            "check_error clock_rate cudaStatus cudart current_blas_handle current_solver_handle "
            "default_generators device_memory_used gds "
            "get_allocator_backend "
            "get_gencode_flags get_per_process_memory_fraction "
            "get_stream_from_external get_sync_debug_mode graph graph_pool_handle graphs green_contexts has_half "
            "has_magma host_memory_stats host_memory_stats_as_nested_dict "
            "is_current_stream_capturing is_tf32_supported jiterator "
            "list_gpu_processes make_graphed_callables max_memory_cached "
            "memory memory_cached memory_snapshot "
            "memory_stats_as_nested_dict memory_summary memory_usage nccl nvtx power_draw profiler random "
            "reset_accumulated_host_memory_stats reset_accumulated_memory_stats reset_max_memory_allocated "
            "reset_max_memory_cached reset_peak_host_memory_stats "
            "set_per_process_memory_fraction set_stream set_sync_debug_mode sparse "
            "streams temperature tunable use_mem_pool utilization"
        ),
    },
    "distributed": {
        "distributed": (
            "AllToAllOptions AllreduceCoalescedOptions AllreduceOptions BackendConfig BarrierOptions BroadcastOptions "
            "BuiltinCommHookType DebugLevel DeviceMesh DistNetworkError DistStoreError FileStore GatherOptions "
            "GradBucket GroupName HashStore Logger PrefixStore ProcessGroupGloo QueueEmptyError ReduceOptions "
            "ReduceScatterOptions Reducer ScatterOptions Store TCPStore all_gather_coalesced all_reduce_coalesced "
            "breakpoint get_backend_config get_debug_level get_default_backend_for_device init_device_mesh "
            "new_subgroups new_subgroups_by_enumeration record_comm register_rendezvous_handler rendezvous "
            "set_debug_level set_debug_level_from_env shrink_group split_group supports_complex"
        ),
    },
    "distributions": {
        "distributions": "ExponentialFamily",
    },
    "func": {
        "transforms": "debug_unwrap functionalize rearrange",
    },
    "linalg": {
        "linear_algebra": ("eig eigvals ldl_factor ldl_factor_ex ldl_solve "),
    },
    "nn": {
        "convolutions": "CrossMapLRN2d FractionalMaxPool2d FractionalMaxPool3d",
        "deprecated": "Container NLLLoss2d",
        "other": ("LinearCrossEntropyLoss LinearCrossEntropyOptions common_types factory_kwargs grad"),
        "quantized": "intrinsic qat quantizable quantized",
    },
    "nn.functional": {
        "convolutions": ("conv_tbc fractional_max_pool2d fractional_max_pool3d native_channel_shuffle"),
        "other": "grouped_mm linear_cross_entropy scaled_grouped_mm scaled_mm",
        "sparse": (
            "adaptive_max_pool1d_with_indices adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices "
            "fractional_max_pool2d_with_indices fractional_max_pool3d_with_indices "
            "max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices"
        ),
    },
    "nn.utils": {
        "convolutions": ("convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format "),
        "other": ("init memory_format stateless"),
    },
    "optim": {
        "other": "swap_in_optimizer_params_and_state",
    },
    "special": {
        "special": (
            "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u "
            "chebyshev_polynomial_v chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he "
            "laguerre_polynomial_l legendre_polynomial_p modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 "
            "modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t "
            "shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w "
            "spherical_bessel_j0"
        ),
    },
    "utils": {
        "deterministic": "deterministic",
        "other": (
            "backcompat backend_registration collect_env cpp_backtrace dlpack "
            "generate_methods_for_privateuse1_backend get_cpp_backtrace hooks rename_privateuse1_backend set_module "
            "swap_tensors throughput_benchmark weak"
        ),
        "script": "ThroughputBenchmark",
    },
    "utils.data": {
        "data_pipes": (
            "DFIterDataPipe DataChunk IterDataPipe MapDataPipe argument_validation datapipes graph_settings "
            "guaranteed_datapipes_determinism runtime_validation runtime_validation_disabled"
        ),
        "deterministic": "non_deterministic",
        "other": "graph",
        "script": "functional_datapipe",
    },
    "Tensor": {
        "complex": ("cdouble cfloat chalf conj_physical_"),
        "deprecated": "reinforce symeig volatile",
        "devices": ("ipu is_ipu is_maia is_mtia is_vulkan is_xla mtia record_stream to_mkldnn xpu"),
        "distributed": "is_distributed",
        "dtypes": "bfloat16 grad_dtype",
        "linear_algebra": ("eig geqrf lstsq lu lu_solve orgqr ormqr solve"),
        "other": (
            "as_subclass hardshrink "
            "hash_tensor index nonzero_static map2_ module_load name "
            "prelu "
            "slice_inverse "
            "unsafe_chunk unsafe_split "
            "unsafe_split_with_sizes "
        ),
        "quantized": (
            "dequantize int_repr q_per_channel_axis q_per_channel_scales q_per_channel_zero_points "
            "q_scale q_zero_point qscheme"
        ),
        "signals": "istft stft",
        "sparse": (
            "ccol_indices coalesce col_indices crow_indices dense_dim indices is_coalesced "
            "is_sparse_csr row_indices smm sparse_dim sparse_mask sparse_resize_ sparse_resize_and_clear_ sspaddmm "
            "to_padded_tensor to_sparse_bsc to_sparse_bsr to_sparse_csc to_sparse_csr "
            "values"
        ),
        "special": "",
        "storages": ("const_data_ptr resize resize_as resize_as_sparse_ storage_type"),
    },
}


def absent(namespace: str, name: str, package: str = "tinygrad_lite") -> AttributeError:
    """The error for a name that a public namespace (`""` for the package itself, `"nn"` …) does not have."""
    door = f"{package}.{namespace}".rstrip(".")
    kind = "'Tensor' object" if namespace == "Tensor" else f"module {door!r}"
    for subject, names in ABSENT.get(namespace, {}).items():
        if name in names.split():
            hint = SINGLY.get(name) or "; ".join(_elsewhere(namespace, name, package)) or INSTEAD.get(subject, "")
            return AttributeError(
                f"{kind} has no attribute {name!r}: PyTorch has it, this library does not"
                + (f"; {hint}" if hint else "")
            )
    return AttributeError(f"{kind} has no attribute {name!r}")


def _elsewhere(namespace: str, name: str, package: str) -> Iterator[str]:
    """Other places in the library that have something of this name."""
    functional = sys.modules[package].nn.functional
    if name in functional.__all__:
        yield f"use nn.functional.{name}"
    elif namespace == "Tensor":
        if name in sys.modules[package].__all__ and callable(getattr(sys.modules[package], name)):
            yield f"use the function, {name}(x, ...)"
    elif hasattr(sys.modules[package].Tensor, name):
        yield f"use the method, x.{name}(...)"


def refuse_absent(namespace: str) -> Callable[[str], Any]:
    """A module's `__getattr__`: raises the error for names that the module does not have."""

    def missing(name: str) -> Any:
        raise absent(namespace, name)

    return missing
